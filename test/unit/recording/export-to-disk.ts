// Exports to a disk of 256 KiB, which gets full: prints, as JSON, how that ended and what is left.
// Runs in a mount namespace of its own, so that its disk is gone with it.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { exportFootage, isFluxError } from '../../../src/index.js';

const [disk, storage, format, from, to] = process.argv.slice(2) as [
  string,
  string,
  'mp4' | 'sealed',
  string,
  string,
];
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
const error = await exportFootage({
  ...{ storage, passphrase: 'correct horse battery staple', cameras: ['door', 'yard'] },
  ...{ from: Number(from), to: Number(to), directory: disk, format },
  ...(format === 'sealed' && { packagePassphrase: 'another passphrase' }),
}).then(
  () => 'none',
  (reason) => (isFluxError(reason) ? `${reason.code} ${reason.message}` : String(reason)),
);
process.stdout.write(JSON.stringify({ error, left: readdirSync(disk) }));

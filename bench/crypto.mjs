// LEA-256-GCM on every CPU level of this machine against OpenSSL's AES-256-GCM and ARIA-256-GCM and
// Crypto++'s LEA-256-GCM, and whole segments against files without encryption. One core.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installLine, missingRequirements } from '../scripts/missing-packages.mjs';
import { buildProgram, figuresOf } from './native/build-program.mjs';

const USAGE = `npm run bench -- crypto [--rounds N] [--folder F] [--json]
  --rounds N   how often each subject has its turn; the best counts (default 60)
  --folder F   where segments are written (default: /dev/shm where it exists, else the system's
               temporary folder)
FLUXVISION_CPU_LEVEL=scalar|neon|avx2|avx512 chooses what the segments are sealed with.`;

const peers = ['OpenSSL AES-256-GCM', 'Crypto++ LEA-256-GCM', 'OpenSSL ARIA-256-GCM'];

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '60' },
      folder: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100_000) {
    console.error(`--rounds must be a whole number from 1, not ${values.rounds}\n${USAGE}`);
    return 2;
  }
  const missing = missingRequirements('bench');
  if (missing.length > 0) {
    const packages = missing.map((requirement) => requirement.package);
    console.error(
      `bench: this needs ${missing.map(({ what }) => what).join(', ')}. Install it with\n\n` +
        `  ${installLine(packages)}\n`,
    );
    return 1;
  }
  const program = buildProgram('crypto');
  if (program === undefined) return 1;

  const folder = mkdtempSync(join(values.folder, 'fluxvision-bench-'));
  try {
    if (!values.json) console.log(`measuring, ${rounds} rounds ...`);
    const figures = figuresOf(program, [String(rounds), folder]);
    if (figures === undefined) return 1;
    report([...messageRows(figures), ...segmentRows(figures)], values.json);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each level's figure beside each peer's of the same size and direction. */
function messageRows(figures) {
  return figures
    .filter(({ name }) => name.startsWith('LEA-256-GCM '))
    .flatMap(({ name, size, value }) => {
      const direction = name.split(' ').at(-1);
      return peers.map((peer) => {
        const other = figures.find(
          (one) => one.name === `${peer} ${direction}` && one.size === size,
        );
        return row(`${name} ${sizeText(size)}`, value, peer, other.value);
      });
    });
}

function segmentRows(figures) {
  const bare = figures.find(({ name }) => name === 'bare file');
  return figures
    .filter(({ name }) => name.startsWith('segment '))
    .map(({ name, value }) =>
      row(`${name}, 5 MB with fsync`, value, 'the same bytes not encrypted', bare.value),
    );
}

function row(name, value, peer, peerValue) {
  return {
    bench: 'crypto',
    case: name,
    value,
    unit: 'MB/s',
    peer,
    peerValue,
    ratio: value / peerValue,
  };
}

function sizeText(bytes) {
  return bytes >= 1 << 20 ? `${bytes >> 20} MiB` : `${bytes >> 10} KiB`;
}

/** JSON lines, or a table that names each case once. */
function report(rows, json) {
  if (json) {
    for (const each of rows) console.log(JSON.stringify(each));
    return;
  }
  let last;
  for (const { case: name, value, unit, peer, peerValue, ratio } of rows) {
    const own = name === last ? '' : `${name.padEnd(36)}${value.toFixed(0).padStart(7)} ${unit}`;
    console.log(
      `${own.padEnd(50)} ${ratio.toFixed(2).padStart(6)} x ${peerValue.toFixed(0).padStart(6)}  ${peer}`,
    );
    last = name;
  }
}

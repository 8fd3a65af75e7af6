// clang-tidy over lib/ and binding/, with the checks of .clang-tidy, as the addon's own build compiles
// them: node scripts/tidy.mjs. Needs `npm run build:native` before it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(join(root, 'build', 'compile_commands.json'))) {
  console.error('tidy: there is no build/compile_commands.json; run `npm run build:native` first');
  process.exit(1);
}
const { status, stdout, stderr } = spawnSync(
  'run-clang-tidy',
  ['-quiet', '-j', `${availableParallelism()}`, '-p', 'build', '/(lib|binding)/.*\\.(cc|cxx)$'],
  { cwd: root, encoding: 'utf8', maxBuffer: 256 << 20 },
);
// It prints each command it runs; only findings are news.
const findings = (stdout ?? '').split('\n').filter((line) => !line.startsWith('clang-tidy'));
if (status !== 0) console.error(findings.join('\n').trim() || stderr);
else console.log('tidy: nothing found');
process.exit(status ?? 1);

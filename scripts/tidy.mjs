// clang-tidy over lib/ and binding/, with the checks of .clang-tidy, as the addon's own build would compile
// them, but in batches (FLUX_UNITY), which takes a sixth of the time: node scripts/tidy.mjs
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Configured, and never built. */
const build = 'build-tidy';
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
const configured = spawnSync(
  process.execPath,
  [cmakeJs, 'configure', '--out', build, '--CDFLUX_UNITY=ON'],
  { cwd: root, encoding: 'utf8' },
);
if (configured.status !== 0) {
  console.error(configured.stderr || configured.error?.message);
  process.exit(1);
}
const { status, stdout, stderr } = spawnSync(
  'run-clang-tidy',
  ['-quiet', '-j', `${availableParallelism()}`, '-p', build, '/(lib|binding)/.*\\.(cc|cxx)$'],
  { cwd: root, encoding: 'utf8', maxBuffer: 256 << 20 },
);
// It prints each command it runs; only findings are news.
const findings = (stdout ?? '').split('\n').filter((line) => !line.startsWith('clang-tidy'));
if (status !== 0) console.error(findings.join('\n').trim() || stderr);
else console.log('tidy: nothing found');
process.exit(status ?? 1);

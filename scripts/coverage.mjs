// Lines executed by the tests, C++ (lib/, gcovr) and TypeScript (src/, vitest): both must reach the
// floor. TypeScript's come from a run with FLUXVISION_COVERAGE=1, made here where there is none.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFolder, runNativeTests, sum } from './native-tests.mjs';

const kFloor = 80;
/** The build of the native tests that counts lines. */
const kCounting = 'address,undefined';
const root = fileURLToPath(new URL('..', import.meta.url));

const lines = { 'C++': await cpp(), TypeScript: typeScript() };
for (const [language, percent] of Object.entries(lines)) {
  const verdict = percent >= kFloor ? '' : `, below ${kFloor} %`;
  console.log(`coverage of ${language}: ${percent.toFixed(1)} % of lines${verdict}`);
  if (percent < kFloor) process.exitCode = 1;
}

async function cpp() {
  // With FLUXVISION_COVERAGE=1, `npm test` has built and run them so a moment ago.
  if (process.env.FLUXVISION_COVERAGE !== '1') {
    const { passed, failed } = sum(await runNativeTests({ sanitize: kCounting }));
    if (failed > 0 || passed === 0) process.exit(1);
  }
  const build = buildFolder(kCounting);
  const summary = join(build, 'summary.json');
  // Counts of the ciphers are not atomic (lib/CMakeLists.txt). What threads lost of them, gcov makes up
  // for with a branch taken less than never, which gcovr takes for a line it cannot read.
  run('gcovr', [
    ...['--root', root, '--filter', 'lib/', '--object-directory', build],
    ...['--gcov-executable', 'llvm-cov gcov', '--gcov-ignore-parse-errors'],
    ...['--json-summary', summary, '--txt', join(build, 'summary.txt'), build],
  ]);
  console.log(readFileSync(join(build, 'summary.txt'), 'utf8'));
  return JSON.parse(readFileSync(summary, 'utf8')).line_percent;
}

function typeScript() {
  const summary = join(root, 'coverage', 'ts', 'coverage-summary.json');
  if (!existsSync(summary)) {
    run('npx', ['vitest', 'run', '--coverage']);
  }
  return JSON.parse(readFileSync(summary, 'utf8')).total.lines.pct;
}

function run(name, args) {
  const { status } = spawnSync(name, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${name} ${args.join(' ')} failed`);
    process.exit(1);
  }
}

// Builds and runs the GoogleTest programs of every room of lib/.
// node scripts/native-tests.mjs [--sanitize address,undefined|thread] [--coverage]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tests = join(root, 'test', 'native');

/**
 * @param {{ sanitize?: string, coverage?: boolean }} options
 * @returns {{ passed: number, failed: number }} a program that crashed or ran nothing counts as failed
 */
export function runNativeTests({ sanitize = '', coverage = false } = {}) {
  const build = join(root, buildFolder(sanitize, coverage));
  configure(build, sanitize, coverage);
  run('ninja', ['-C', build, '--quiet']);
  if (coverage) removeCounts(build);

  const results = join(build, 'results');
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const total = { passed: 0, failed: 0 };
  for (const room of rooms()) {
    const { passed, failed } = runRoom(room, build, results);
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

/** The folder of the build that `runNativeTests` makes with these options. */
export function buildFolder(sanitize, coverage) {
  if (coverage) return 'build-coverage';
  if (!sanitize) return 'build-test';
  return sanitize.includes('thread') ? 'build-tsan' : 'build-asan';
}

function configure(build, sanitize, coverage) {
  run('cmake', [
    ...['-S', root, '-B', build, '-G', 'Ninja'],
    '-DFLUX_ADDON=OFF',
    '-DFLUX_TESTS=ON',
    `-DFLUX_COVERAGE=${coverage ? 'ON' : 'OFF'}`,
    `-DFLUX_SANITIZE=${sanitize}`,
    `-DCMAKE_BUILD_TYPE=${sanitize || coverage ? 'Debug' : 'Release'}`,
    '--log-level=WARNING',
  ]);
}

/** Each folder of test/native that lists tests is a room, and must yield a program. */
function rooms() {
  return readdirSync(tests).filter((name) => existsSync(join(tests, name, 'CMakeLists.txt')));
}

function runRoom(room, build, results) {
  const program = join(build, 'test', 'native', `test_${room}`);
  const report = join(results, `${room}.json`);
  const { status, signal } = spawnSync(
    program,
    [`--gtest_output=json:${report}`, '--gtest_brief=1'],
    { stdio: 'inherit', env: { ...process.env, ...sanitizerOptions() } },
  );
  if (!existsSync(report)) {
    console.error(`test_${room} ended with ${signal ?? status} before it could report`);
    return { passed: 0, failed: 1 };
  }
  const counts = count(JSON.parse(readFileSync(report, 'utf8')));
  // A sanitizer speaks up after the last test too.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.passed + counts.failed === 0) {
    console.error(`test_${room} ran no test`);
    counts.failed = 1;
  }
  console.log(`test_${room}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

function count(report) {
  const cases = report.testsuites.flatMap(({ testsuite }) => testsuite);
  const ran = cases.filter(({ result }) => result === 'COMPLETED');
  const failed = ran.filter(({ failures }) => failures?.length > 0).length;
  return { passed: ran.length - failed, failed };
}

function sanitizerOptions() {
  const suppressions = (name) => {
    const file = join(tests, name);
    return existsSync(file) ? `:suppressions=${file}` : '';
  };
  return {
    ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1',
    LSAN_OPTIONS: `print_suppressions=0${suppressions('lsan.supp')}`,
    UBSAN_OPTIONS: 'print_stacktrace=1',
    TSAN_OPTIONS: `second_deadlock_stack=1${suppressions('tsan.supp')}`,
  };
}

/** Counts of an earlier run, or of an earlier state of the sources, would add up with ours. */
function removeCounts(build) {
  for (const file of readdirSync(build, { recursive: true })) {
    if (file.endsWith('.gcda')) rmSync(join(build, file));
  }
}

function run(name, args) {
  const { status, error } = spawnSync(name, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${name} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--sanitize');
  const sanitize = at < 0 ? '' : process.argv[at + 1];
  const { passed, failed } = runNativeTests({
    sanitize,
    coverage: process.argv.includes('--coverage'),
  });
  console.log(
    `native tests${sanitize ? ` under ${sanitize}` : ''}: ${passed} passed, ${failed} failed`,
  );
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

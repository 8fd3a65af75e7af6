// Builds and runs the GoogleTest programs of the rooms of lib/:
// node scripts/native-tests.mjs [--sanitize address,undefined|thread] [--build-only] [--only ROOM]...
// Three builds: as released; under AddressSanitizer and UndefinedBehaviorSanitizer, which also counts
// the lines that ran; under ThreadSanitizer, of the rooms and tests where threads meet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const tests = join(root, 'test', 'native');

/**
 * What no run under a sanitizer shows: their allocators keep what was freed, their shadow memory cannot
 * be locked or searched, and modules load without RTLD_DEEPBIND. A room whose tests ask for a sanitizer
 * (`__SANITIZE_...__`) is another.
 */
const kOtherUnderSanitizers = ['base', 'crypto', 'modules', 'tpm'];

/** What a room that starts threads, or is driven by them, has in its sources or tests. */
const kThreads =
  /std::(jthread|thread|async)\b|EventLoop|WorkerPool|pthread_create|base\/thread\.h/;

/**
 * @param {{ sanitize?: string, only?: string[] }} options  `only` names rooms, all by default
 * @returns {Promise<Map<string, { passed: number, failed: number }>>} by room; a program that crashed or
 *   ran nothing counts as failed
 */
export async function runNativeTests({ sanitize = '', only = roomsFor(sanitize) } = {}) {
  const build = buildTests({ sanitize, only });
  if (sanitize.includes('address')) removeCounts(build);

  const results = join(build, 'results');
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  // Many tests wait for time to pass, so that one program more than there are processors runs at once.
  const counts = new Map();
  const queue = byWork(only);
  const worker = async () => {
    for (let room = queue.shift(); room !== undefined; room = queue.shift()) {
      counts.set(room, await runRoom(room, build, results));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  return counts;
}

/** Builds what runNativeTests() runs; returns the folder. */
export function buildTests({ sanitize = '', only = roomsFor(sanitize) } = {}) {
  return buildTargets(
    sanitize,
    only.map((room) => `test_${room}`),
  );
}

/** @returns {string} the folder of the build under `sanitize`, in which `targets` have been built */
export function buildTargets(sanitize, targets) {
  const build = buildFolder(sanitize);
  configure(build, sanitize);
  run('ninja', ['-C', build, '--quiet', ...targets]);
  return build;
}

/** @param {Map<string, { passed: number, failed: number }>} counts */
export function sum(counts) {
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed } of counts.values()) {
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

/** The rooms that must run without a sanitizer too. */
export function roomsOtherUnderSanitizers() {
  return rooms().filter(
    (room) =>
      kOtherUnderSanitizers.includes(room) || mentions(join(tests, room), /__SANITIZE_\w+__/),
  );
}

/** The folder of the build that `runNativeTests` makes under `sanitize`. */
export function buildFolder(sanitize) {
  const name = { '': 'test', 'address,undefined': 'asan', thread: 'tsan' }[sanitize];
  if (name !== undefined) return join(root, `build-${name}`);
  console.error(`--sanitize must be address,undefined or thread, not ${sanitize}`);
  process.exit(1);
}

function configure(build, sanitize) {
  run('cmake', [
    ...['-S', root, '-B', build, '-G', 'Ninja'],
    '-DFLUX_ADDON=OFF',
    '-DFLUX_TESTS=ON',
    // clang's checks compile and run in two thirds of the time of GCC's, and see more; libFuzzer is its.
    ...(sanitize ? ['-DCMAKE_CXX_COMPILER=clang++', '-DCMAKE_C_COMPILER=clang'] : []),
    ...['COVERAGE', 'FUZZ'].map(
      (name) => `-DFLUX_${name}=${sanitize.includes('address') ? 'ON' : 'OFF'}`,
    ),
    `-DFLUX_SANITIZE=${sanitize}`,
    `-DCMAKE_BUILD_TYPE=${sanitize ? 'Debug' : 'Release'}`,
    // Nothing else compiles with these flags: a compiler cache (.ci/run) would only be filled.
    ...(sanitize ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=', '-DCMAKE_C_COMPILER_LAUNCHER='] : []),
    '--log-level=WARNING',
  ]);
}

/** Each folder of test/native that lists tests is a room, and must yield a program. */
function rooms() {
  return readdirSync(tests).filter((name) => existsSync(join(tests, name, 'CMakeLists.txt')));
}

/** Where one thread does everything, ThreadSanitizer has nothing to compare and is not asked. */
function roomsFor(sanitize) {
  if (sanitize !== 'thread') return rooms();
  return rooms().filter((room) =>
    [join(root, 'lib', room), join(tests, room)].some((folder) => mentions(folder, kThreads)),
  );
}

/** Those with the most tests first, so that none of the long ones is left for the end. */
function byWork(names) {
  const size = (name) =>
    readdirSync(join(tests, name))
      .filter((file) => file.endsWith('_test.cc'))
      .reduce((bytes, file) => bytes + statSync(join(tests, name, file)).size, 0);
  return names
    .map((name) => ({ name, size: size(name) }))
    .sort((a, b) => b.size - a.size)
    .map(({ name }) => name);
}

function mentions(folder, pattern) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .some((name) => pattern.test(readFileSync(join(folder, name), 'utf8')));
}

async function runRoom(room, build, results) {
  const program = join(build, 'test', 'native', `test_${room}`);
  const report = join(results, `${room}.json`);
  const { ended, output } = await outputOf(program, [
    `--gtest_output=json:${report}`,
    '--gtest_brief=1',
  ]);
  process.stdout.write(output);
  if (!existsSync(report)) {
    console.error(`test_${room} ended with ${ended} before it could report`);
    return { passed: 0, failed: 1 };
  }
  const counts = count(JSON.parse(readFileSync(report, 'utf8')));
  // A sanitizer speaks up after the last test too.
  if (ended !== 0 && counts.failed === 0) {
    console.error(`test_${room} ended with ${ended}, though no test of it failed`);
    counts.failed = 1;
  }
  if (counts.passed + counts.failed === 0) {
    console.error(`test_${room} ran no test`);
    counts.failed = 1;
  }
  console.log(`test_${room}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

/** What a program prints, in one piece: several run at once. */
function outputOf(program, args) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...sanitizerOptions() },
  });
  const pieces = [];
  child.stdout.on('data', (data) => pieces.push(data));
  child.stderr.on('data', (data) => pieces.push(data));
  return new Promise((resolve) => {
    const finish = (ended) => resolve({ ended, output: Buffer.concat(pieces) });
    child.on('error', ({ message }) => finish(message));
    child.on('close', (status, signal) => finish(status ?? signal));
  });
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
  const options = {
    sanitize: { type: 'string', default: '' },
    only: { type: 'string', multiple: true },
    'build-only': { type: 'boolean', default: false },
  };
  const { values } = parseArgs({ options });
  const { sanitize, only = roomsFor(sanitize) } = values;
  if (values['build-only']) buildTests({ sanitize, only });
  else await runAndReport({ sanitize, only });
}

async function runAndReport({ sanitize, only }) {
  const { passed, failed } = sum(await runNativeTests({ sanitize, only }));
  const how = sanitize ? ` under ${sanitize}` : '';
  console.log(`native tests${how}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

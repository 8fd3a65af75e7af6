// The second half of `npm test`: vitest's unit and e2e projects, then the native tests, which are
// compiled meanwhile: vitest's tests wait more than they compute. The last line is the sum, alone. With
// FLUXVISION_COVERAGE=1 the native tests run under AddressSanitizer and UndefinedBehaviorSanitizer, and
// the lines that ran are counted for scripts/coverage.mjs.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { roomsOtherUnderSanitizers, runNativeTests, sum } from './native-tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A worker whose thread hangs is never given up by vitest itself. */
const kLongestMs = 20 * 60_000;

const counting = process.env.FLUXVISION_COVERAGE === '1';

const built = buildNativeTests();
const vitest = await runVitest();
const native = (await built) ? await runNative() : { passed: 0, failed: 1 };
const passed = native.passed + vitest.passed;
const failed = native.failed + vitest.failed;
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);

/** False where they do not compile; what the compiler said has been printed. */
async function buildNativeTests() {
  const builds = counting
    ? [['--sanitize', 'address,undefined'], roomsOtherUnderSanitizers().flatMap(only)]
    : [[]];
  for (const options of builds) {
    const program = ['scripts/native-tests.mjs', '--build-only', ...options];
    const { status } = await end(
      spawn('nice', ['-n', '10', process.execPath, ...program], { cwd: root, stdio: 'inherit' }),
    );
    if (status !== 0) return false;
  }
  return true;
}

function only(room) {
  return ['--only', room];
}

function end(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
}

/** Each test counts once: a room that also ran as released, with what it did there. */
async function runNative() {
  if (!counting) return sum(await runNativeTests());
  const sanitized = await runNativeTests({ sanitize: 'address,undefined' });
  const released = await runNativeTests({ only: roomsOtherUnderSanitizers() });
  const { passed } = sum(new Map([...sanitized, ...released]));
  return { passed, failed: sum(sanitized).failed + sum(released).failed };
}

async function runVitest() {
  const report = join(root, 'build-test', 'vitest.json');
  rmSync(report, { force: true });
  const manifest = createRequire(import.meta.url).resolve('vitest/package.json');
  const { status, signal } = await end(
    spawn(
      process.execPath,
      [
        join(dirname(manifest), 'vitest.mjs'),
        'run',
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        ...(counting ? ['--coverage'] : []),
      ],
      { cwd: root, stdio: 'inherit', timeout: kLongestMs },
    ),
  );
  if (!existsSync(report)) {
    console.error(`vitest ended with ${signal ?? status} before it could report`);
    return { passed: 0, failed: 1 };
  }
  const { testResults: files, ...sums } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that could not be imported, or holds no test that ran, hides what it was to show.
  const silent = files.filter(
    ({ assertionResults }) =>
      !assertionResults.some(({ status: s }) => s === 'passed' || s === 'failed'),
  );
  for (const { name } of silent) console.error(`${name} ran no test`);
  const empty = ['unit', 'e2e'].filter(
    (project) => !files.some(({ name }) => name.includes(join('test', project, '/'))),
  );
  for (const project of empty) console.error(`test/${project} has no tests`);
  const counts = {
    passed: sums.numPassedTests,
    failed: sums.numFailedTests + silent.length + empty.length,
  };
  // An unhandled rejection fails the run without failing a test.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

// Builds the libFuzzer targets of test/fuzz and runs each for a while:
// node scripts/fuzz.mjs [--seconds 10] [--seed N] [--build-only] [NAME ...]. What broke a target
// stays in build-fuzz/findings. The same seed takes the same path through a target.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildTargets } from './native-tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'test', 'fuzz');
const kept = join(root, 'build-fuzz');
const findings = join(kept, 'findings');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' }, // 0: another one each time
    'build-only': { type: 'boolean', default: false },
  },
});
const targets = readdirSync(sources)
  .filter((name) => name.endsWith('.cc'))
  .map((name) => name.slice(0, -'.cc'.length))
  .filter((name) => positionals.length === 0 || positionals.includes(name));
if (targets.length === 0) fail('no fuzz target to run');

// The rooms as the sanitized native tests have them.
const build = buildTargets(
  'address,undefined',
  targets.map((name) => `fuzz_${name}`),
);
if (values['build-only']) process.exit(0);
mkdirSync(findings, { recursive: true });
// Which lines the tests run is counted in the build: what a fuzzer runs is none of it.
const counts = mkdtempSync(join(tmpdir(), 'fluxvision-fuzz-'));
const queue = [...targets];
const broken = [];
await Promise.all(Array.from({ length: availableParallelism() }, worker));
rmSync(counts, { recursive: true, force: true });
console.log(`fuzz: ${targets.length - broken.length} passed, ${broken.length} failed`);
if (broken.length > 0) fail(`${broken.join(', ')} (inputs in ${findings})`);

async function worker() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (!(await fuzz(name))) broken.push(name);
  }
}

/** Resolves to true where `name` survived. Its log is shown only where it did not. */
function fuzz(name) {
  const corpus = join(kept, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  const seeds = join(sources, 'corpus', name);
  if (existsSync(seeds)) cpSync(seeds, corpus, { recursive: true });
  const dictionary = join(sources, `${name}.dict`);
  const child = spawn(
    join(build, 'test', 'fuzz', `fuzz_${name}`),
    [
      corpus,
      `-max_total_time=${values.seconds}`,
      `-seed=${values.seed}`,
      '-timeout=30',
      '-rss_limit_mb=2048',
      '-print_final_stats=1',
      `-artifact_prefix=${join(findings, `${name}-`)}`,
      ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, GCOV_PREFIX: counts } },
  );
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-20_000);
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (status) => {
      const runs = /number_of_executed_units: (\d+)/.exec(log)?.[1] ?? 0;
      console.log(`fuzz_${name}: ${status === 0 ? 'ok' : 'FAILED'}, ${runs} inputs`);
      if (status !== 0) console.error(log);
      resolve(status === 0 && Number(runs) > 0);
    });
  });
}

function fail(text) {
  console.error(`fuzz failed: ${text}`);
  process.exit(1);
}

// Builds the libFuzzer targets of test/fuzz and runs each for a while:
// node scripts/fuzz.mjs [--seconds 10] [--seed N] [--build-only] [NAME ...]. What broke a target
// stays in build-fuzz/findings. The same seed takes the same path through a target.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'test', 'fuzz');
const build = join(root, 'build-fuzz');
const findings = join(build, 'findings');

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

buildTargets();
if (values['build-only']) process.exit(0);
mkdirSync(findings, { recursive: true });
const queue = [...targets];
const broken = [];
await Promise.all(Array.from({ length: availableParallelism() }, worker));
console.log(`fuzz: ${targets.length - broken.length} passed, ${broken.length} failed`);
if (broken.length > 0) fail(`${broken.join(', ')} (inputs in ${findings})`);

function buildTargets() {
  run('cmake', [
    ...['-S', root, '-B', build, '-G', 'Ninja'],
    ...['-DCMAKE_CXX_COMPILER=clang++', '-DCMAKE_BUILD_TYPE=Debug'],
    ...['-DFLUX_ADDON=OFF', '-DFLUX_FUZZ=ON', '-DFLUX_SANITIZE=address,undefined'],
    '--log-level=WARNING',
  ]);
  // Only the targets and what they link: the engine above the parsers is not driven here.
  run('ninja', ['-C', build, '--quiet', ...targets.map((name) => `fuzz_${name}`)]);
}

async function worker() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (!(await fuzz(name))) broken.push(name);
  }
}

/** Resolves to true where `name` survived. Its log is shown only where it did not. */
function fuzz(name) {
  const corpus = join(build, 'corpus', name);
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
    { stdio: ['ignore', 'ignore', 'pipe'] },
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

function run(name, args) {
  const { status } = spawnSync(name, args, { stdio: 'inherit' });
  if (status !== 0) fail(`${name} ${args.join(' ')}`);
}

function fail(text) {
  console.error(`fuzz failed: ${text}`);
  process.exit(1);
}

// The long run of a recorder under everything at once, with its memory, descriptors and losses judged at
// the end: node scripts/soak.mjs [--cameras 20] [--minutes 30] [--json]. Exit status 1 with the reasons.
// Needs ffmpeg, and what `npm run build` makes.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    cameras: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
});
const cameras = number('cameras', Number.isSafeInteger);
const minutes = number('minutes', Number.isFinite);

process.env.FLUXVISION_ADDON_PATH ??= join(root, 'build', 'Release', 'fluxvision_core.node');
process.env.FLUXVISION_FAULTS_E2E ??= join(root, 'test', 'e2e');
// Inside the package, so that it finds its dependencies.
const bundle = join(root, 'node_modules', '.cache', `fluxvision-soak-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'fluxvision-soak-'));
let failed = true;
try {
  mkdirSync(bundle, { recursive: true });
  const outfile = join(bundle, 'soak.mjs');
  buildSync({
    ...{ entryPoints: [join(root, 'test', 'e2e', 'soak', 'soak.ts')], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  const { runSoak } = await import(pathToFileURL(outfile).href);
  const result = await runSoak({
    ...{ folder, cameras, minutes, say },
    ...{ sampleMs: Math.min(10_000, minutes * 1000), maxBytesPerCamera: 3 << 20 },
  });
  failed = result.problems.length > 0;
  if (values.json) console.log(JSON.stringify(result));
  else report(result);
} finally {
  rmSync(bundle, { recursive: true, force: true });
  if (failed) console.error(`The storage is kept in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

/** A line that is overwritten on a terminal; elsewhere, and for problems, one below the other. */
function say(line) {
  if (values.json && !process.stderr.isTTY) return;
  const passing = process.stderr.isTTY && !line.startsWith('PROBLEM');
  process.stderr.write(
    process.stderr.isTTY ? `\r\x1b[2K${line}${passing ? '' : '\n'}` : `${line}\n`,
  );
}

function report({ judged, flatness, counts, holes, worstDifference, problems }) {
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (judged > 0) {
    console.log(
      `\n${judged} samples after the warm-up; MiB, or a number; per hour by least squares:`,
    );
  }
  const rounded = (value) => Math.round(value * 100) / 100;
  const row = ({ mean, min, max, slopePerHour }) => ({
    ...{ mean: rounded(mean), min: rounded(min), max: rounded(max) },
    'per hour': rounded(slopePerHour),
  });
  console.table(Object.fromEntries(Object.entries(flatness).map(([name, of]) => [name, row(of)])));
  console.table({ ...counts, 'most frames a run differed by': worstDifference });
  console.table(holes);
  for (const problem of problems) console.error(problem);
}

function number(name, isOne) {
  const value = Number(values[name]);
  if (isOne(value) && value > 0) return value;
  console.error(`--${name} must be a number above 0, not ${values[name]}`);
  process.exit(2);
}

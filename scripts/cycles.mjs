// Opens and closes decoders, inference, motion and walls on a simulated camera over and over, and judges what
// the process keeps: node scripts/cycles.mjs [--cycles 800] [--kind decoder]... [--json]. Exit status 1
// with the reasons. Needs ffmpeg, and what `npm run build` makes.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';

// Only with it can the collector be told to run.
if (!globalThis.gc) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
}
const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '800' },
    kind: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
if (!Number.isSafeInteger(cycles) || cycles < 40) {
  refuse(`--cycles must be a whole number from 40 on, not ${values.cycles}`);
}

const root = fileURLToPath(new URL('..', import.meta.url));
process.env.FLUXVISION_ADDON_PATH ??= join(root, 'build', 'Release', 'fluxvision_core.node');
// Inside the package, so that it finds its dependencies.
const bundle = join(root, 'node_modules', '.cache', `fluxvision-cycles-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'fluxvision-cycles-'));
process.on('exit', () => {
  for (const path of [bundle, folder]) rmSync(path, { recursive: true, force: true });
});
mkdirSync(bundle, { recursive: true });
const outfile = join(bundle, 'cycles.mjs');
buildSync({
  ...{ entryPoints: [join(root, 'test', 'e2e', 'soak', 'cycles.ts')], outfile, bundle: true },
  ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
});
const { runCycles, CYCLES } = await import(pathToFileURL(outfile).href);
const kinds = values.kind ?? Object.keys(CYCLES);
for (const kind of kinds) {
  if (!CYCLES[kind]) {
    refuse(`--kind must be one of '${Object.keys(CYCLES).join("', '")}', not '${kind}'`);
  }
}
const clip = join(folder, 'clip.mp4');
execFileSync('ffmpeg', [
  ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=50', '-t', '2'],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10', clip],
]);
const say = (line) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
};
const { flatness, problems } = await runCycles({ clip, kinds, cycles, say });
if (process.stderr.isTTY) process.stderr.write('\n');
if (values.json) console.log(JSON.stringify({ flatness, problems }));
else for (const [kind, of] of Object.entries(flatness)) report(kind, of);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function report(kind, of) {
  console.log(`\n${kind}, ${cycles} cycles; MiB, or a number:`);
  const rounded = (value) => Math.round(value * 100) / 100;
  console.table(
    Object.fromEntries(
      Object.entries(of).map(([name, { mean, min, max, rise }]) => [
        name,
        { mean: rounded(mean), min: rounded(min), max: rounded(max), rise: rounded(rise) },
      ]),
    ),
  );
}

function refuse(what) {
  console.error(what);
  process.exit(2);
}

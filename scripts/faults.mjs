// The long run of the recorder's fault tests: kills at random system calls, and power cuts at many
// points of recorded logs. node scripts/faults.mjs [--kills 200] [--cuts 500] [--seed N] [--json]
// Needs gcc and ffmpeg, and what `npm run build` makes.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    cuts: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const [kills, cuts, seed] = ['kills', 'cuts', 'seed'].map((name) => wholeNumber(name));

process.env.FLUXVISION_ADDON_PATH ??= join(root, 'build', 'Release', 'fluxvision_core.node');
process.env.FLUXVISION_FAULTS_E2E ??= join(root, 'test', 'e2e');
// Inside the package, so that it finds its dependencies.
const bundle = join(root, 'node_modules', '.cache', `fluxvision-faults-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'fluxvision-faults-'));
let failed = true;
try {
  mkdirSync(bundle, { recursive: true });
  const outfile = join(bundle, 'campaign.mjs');
  buildSync({
    ...{ entryPoints: [join(root, 'test', 'e2e', 'faults', 'campaign.ts')], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  const { runCampaign } = await import(pathToFileURL(outfile).href);
  const say = values.json ? () => {} : (line) => console.log(line);
  const result = await runCampaign({ folder, kills, cuts, seed, say });
  failed = result.failures.length > 0;
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else report(result);
} finally {
  rmSync(bundle, { recursive: true, force: true });
  if (failed) console.error(`What failed is kept in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

function report({ rows, failures }) {
  console.log(`\nseed ${seed}`);
  console.table(rows);
  for (const { what, problems } of failures) console.error(`${what}\n  ${problems.join('\n  ')}`);
}

function wholeNumber(name) {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} must be a whole number, not ${values[name]}`);
  process.exit(2);
}

// Holds the addon to what keeps it alive inside Node: two exported symbols, an OpenSSL of its own that
// nothing else can reach, Node-API 8, no newer glibc than promised; and lib/ to knowing nothing of Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const exported = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const failures = [];
const { config, binary } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const binaries = [join(root, 'build', 'Release', 'fluxvision_core.node'), ...prebuilds()];
for (const file of binaries.filter((name) => existsSync(name))) checkBinary(file);
if (!existsSync(binaries[0])) failures.push('there is no build/Release/fluxvision_core.node');
checkEngine();

for (const failure of failures) console.error(`check-symbols: ${failure}`);
if (failures.length > 0) process.exit(1);
console.log(`check-symbols: ${binaries.length} binaries, all as they should be`);

function prebuilds() {
  const folder = join(root, 'prebuilds');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.node'))
    .map((name) => join(folder, name));
}

function checkBinary(file) {
  const defined = symbols(file, '--defined-only');
  if (defined.join() !== exported.join()) {
    failures.push(`${file} exports ${defined.length} symbols: ${defined.slice(0, 10).join(', ')}`);
  }

  const undefinedSymbols = symbols(file, '--undefined-only');
  // A shared library may leave anything undefined; the linker said nothing of a forgotten source file.
  const ours = undefinedSymbols.filter((name) => /^_ZN?K?4flux/.test(name));
  if (ours.length > 0) failures.push(`${file} lacks ${ours.slice(0, 5).join(', ')}`);
  const openssl = undefinedSymbols.filter((name) =>
    /^(EVP|OPENSSL|CRYPTO|OSSL|RAND|BIO|ERR)_/.test(name),
  );
  if (openssl.length > 0) {
    failures.push(`${file} takes ${openssl.slice(0, 5).join(', ')} from whoever has it: node does`);
  }

  const needed = output('readelf', ['-d', file]);
  for (const library of ['libcrypto', 'libssl']) {
    if (needed.includes(`[${library}.so`)) failures.push(`${file} needs a shared ${library}`);
  }

  checkApi(file, undefinedSymbols);
  checkGlibc(file);
}

/** What the binary says of itself, and that it uses nothing newer. */
function checkApi(file, undefinedSymbols) {
  const [version] = binary.napi_versions;
  const { symbols: byVersion } = createRequire(import.meta.url)('node-api-headers');
  const known = new Set(Object.values(byVersion[`v${version}`]).flat());
  const newer = undefinedSymbols.filter(
    (name) => /^(napi|node_api)_/.test(name) && !known.has(name),
  );
  if (newer.length > 0)
    failures.push(`${file} uses ${newer.join(', ')}: not in Node-API ${version}`);

  // `mov $0x8,%eax; ret`, or `mov w0, #0x8`: calling it would need a host with Node-API. A stripped
  // binary has its dynamic symbols only, so by address.
  const address = Number(`0x${/^\w+/.exec(line(file, 'node_api_module_get_api_version_v1'))}`);
  const code = output('objdump', [
    ...['-d', `--start-address=${address}`, `--stop-address=${address + 16}`],
    file,
  ]);
  const says = /mov\s+(?:\$0x([0-9a-f]+),%eax|w0, #0x([0-9a-f]+))/.exec(code);
  if (Number.parseInt(says?.[1] ?? says?.[2] ?? '', 16) !== version) {
    failures.push(`${file} does not report Node-API ${version}`);
  }
}

function checkGlibc(file) {
  const order = (version) => Number(version.split('.')[1]);
  const needed = [...output('readelf', ['-V', file]).matchAll(/Name: GLIBC_(2\.\d+)/g)];
  const newest = needed.map(([, version]) => version).sort((a, b) => order(b) - order(a))[0];
  if (newest === undefined || order(newest) > order(config.glibc)) {
    failures.push(`${file} needs glibc ${newest}; package.json promises ${config.glibc}`);
  }
}

function checkEngine() {
  const lib = join(root, 'lib');
  const sources = readdirSync(lib, { recursive: true }).filter((name) => /\.(cc|h)$/.test(name));
  for (const name of sources) {
    if (
      /#include\s*[<"](napi|node|uv|v8)[^>"]*\.h[>"]/.test(readFileSync(join(lib, name), 'utf8'))
    ) {
      failures.push(`lib/${name} includes a header of Node: that belongs in binding/`);
    }
  }
}

/** What nm prints of one dynamic symbol. */
function line(file, symbol) {
  const lines = output('nm', ['-D', '--defined-only', file]).split('\n');
  return lines.find((text) => text.endsWith(` ${symbol}`)) ?? '0';
}

/** Dynamic symbols by name, sorted, without their versions. */
function symbols(file, which) {
  return output('nm', ['-D', which, file])
    .split('\n')
    .map((line) => line.trim().split(/\s+/).at(-1) ?? '')
    .map((name) => name.replace(/@.*/, ''))
    .filter((name) => name !== '')
    .sort();
}

function output(name, args) {
  const { status, stdout, stderr } = spawnSync(name, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status !== 0) {
    console.error(`${name} ${args.join(' ')} failed: ${stderr}`);
    process.exit(1);
  }
  return stdout;
}

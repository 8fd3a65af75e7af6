// `npm run setup`, and the first half of `npm run demo` and `npm test`: brings a machine that has Node
// and npm to where this checkout is built. Needs nothing but Node, installs only what is missing, and
// says on stderr what it does. `--for build|demo|test` tells what for; `--system` stops before npm's part.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, installLine, missingRequirements, outdatedFfmpeg } from './missing-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

main();

function main() {
  process.chdir(root);
  checkNode();
  systemPackages(purpose());
  if (process.argv.includes('--system')) return;
  npmPackages();
  buildAddon();
  buildTypeScript();
  if (purpose() !== 'build') buildNvr();
}

function purpose() {
  const at = process.argv.indexOf('--for');
  const name = at < 0 ? 'demo' : process.argv[at + 1];
  if (!['build', 'demo', 'test'].includes(name)) {
    give(`--for must be build, demo or test, not ${name}`);
  }
  return name;
}

function checkNode() {
  // The NVR and the tests need a newer one than the package.
  const { engines } = readJson(
    purpose() === 'build' ? 'package.json' : 'examples/nvr/package.json',
  );
  const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor < major || (haveMajor === major && haveMinor < minor)) {
    give(`Node ${engines.node} is needed; this is ${process.versions.node}`);
  }
}

function systemPackages(forWhat) {
  const missing = missingRequirements(forWhat);
  if (missing.length > 0) install(missing);
  const ffmpeg = outdatedFfmpeg();
  if (ffmpeg !== undefined) {
    give(
      `this system's FFmpeg is too old (libavformat ${ffmpeg}); FFmpeg 5.1 or later is needed, ` +
        'as in Debian 12, Ubuntu 24.04 and later releases',
    );
  }
}

function install(missing) {
  say(`missing: ${missing.map(({ what }) => what).join(', ')}`);
  const packages = missing.map(({ package: name }) => name);
  if (!command('apt-get')) {
    give(`this system has no apt-get; install what Debian calls ${packages.join(' ')}`);
  }
  if (process.getuid() !== 0) {
    // The version of clang is known from the package lists, which may not have been fetched yet.
    give(`run this once, then try again:\n\n  ${installLine(packages)}\n`);
  }
  say(`installing ${packages.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  run('apt-get', [...wait, '-q', 'update'], environment);
  const names = missingRequirements(purpose()).map(({ package: name }) => name);
  run(
    'apt-get',
    [...wait, '-q', 'install', '-y', '--no-install-recommends', ...names],
    environment,
  );
  const still = missingRequirements(purpose());
  if (still.length > 0) {
    give(`still missing after installing: ${still.map(({ what }) => what).join(', ')}`);
  }
}

function npmPackages() {
  if (!npmPackagesAgree()) {
    say('installing npm packages (npm ci; a minute where better-sqlite3 has to be compiled)');
    run('npm', ['ci', '--no-audit', '--no-fund'], launchedCompilers());
  }
  // Its binary belongs to one version of Node's ABI.
  const opens = "new (require('better-sqlite3'))(':memory:')";
  if (spawnSync(process.execPath, ['-e', opens]).status !== 0) {
    say('compiling better-sqlite3 for this version of Node');
    run('npm', ['rebuild', 'better-sqlite3']);
  }
}

/** What packages compile goes through the launcher that CMake was told of, for example ccache. */
function launchedCompilers() {
  const { CMAKE_C_COMPILER_LAUNCHER: c, CMAKE_CXX_COMPILER_LAUNCHER: cxx, ...rest } = process.env;
  if (!c || !cxx) return process.env;
  return { ...rest, CC: `${c} ${rest.CC ?? 'cc'}`, CXX: `${cxx} ${rest.CXX ?? 'c++'}` };
}

/** True where node_modules holds what package-lock.json asks for, optional packages aside. */
function npmPackagesAgree() {
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const wanted = readJson('package-lock.json').packages;
  const present = readJson('node_modules/.package-lock.json').packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional || present[path]?.version === version,
  );
}

function buildAddon() {
  const addon = 'build/Release/fluxvision_core.node';
  if (newest('CMakeLists.txt', 'lib', 'binding') <= oldest(addon)) return;
  say('building the addon (build/Release; several minutes the first time)');
  run('npm', ['run', '--silent', 'build:native']);
  // A change that leaves the binary as it was must not build again every time.
  const now = new Date();
  utimesSync(addon, now, now);
}

function buildTypeScript() {
  const outputs = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'cli/main.js'];
  const sources = newest('src', 'tsup.config.ts', 'tsconfig.json', 'package.json');
  if (sources <= oldest(...outputs.map((name) => join('dist', name)))) return;
  say('building dist/');
  run('npm', ['run', '--silent', 'build:ts']);
}

function buildNvr() {
  const nvr = join('examples', 'nvr');
  const outputs = ['server/main.js', 'server/index.js', 'web/index.html'];
  const sources = ['server', 'protocol', 'web', 'package.json', 'tsup.config.ts'];
  const newestSource = newest(...sources.map((name) => join(nvr, name)));
  if (newestSource <= oldest(...outputs.map((name) => join(nvr, 'dist', name)))) return;
  say('building examples/nvr/dist');
  run('npm', ['run', '--silent', 'build:nvr']);
}

/** The latest time of change of any file in `paths`, folders included with all they hold. */
function newest(...paths) {
  return Math.max(
    ...paths.map((path) => {
      const status = statSync(path);
      if (!status.isDirectory()) return status.mtimeMs;
      return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
    }),
  );
}

/** The earliest time of change of `files`, 0 where one does not exist. */
function oldest(...files) {
  return Math.min(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function run(name, args, env = process.env) {
  // Everything on stderr: stdout belongs to the command that this one prepares.
  const { status, error } = spawnSync(name, args, { stdio: ['ignore', 2, 2], env });
  if (status !== 0) give(`${name} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function say(text) {
  console.error(`setup: ${text}`);
}

function give(text) {
  say(text);
  process.exit(1);
}

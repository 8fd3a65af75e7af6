// npm's install script. Loads the prebuilt addon as the SDK would; where that fails, builds from
// source; where that fails too, says what is missing and the line that mends it. Builds nothing in a
// git checkout: there `npm run setup` and `npm run build` do, and `npm ci` stays quick.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installLine, missingRequirements, outdatedFfmpeg } from './missing-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const loader = fileURLToPath(new URL('../dist/native-loader.js', import.meta.url));
const build = fileURLToPath(new URL('../build', import.meta.url));

main();

function main() {
  if (existsSync(new URL('../src/native-loader.ts', import.meta.url))) {
    say('a git checkout: `npm run setup` installs what is missing and builds the addon');
    return;
  }
  if (loads().ok) return;
  // What an earlier build left behind goes first in the loader's search, working or not.
  if (existsSync(build)) {
    rmSync(build, { recursive: true, force: true });
    if (loads().ok) return;
  }
  say('no prebuilt binary loads here:');
  say(indent(loads().reason));
  say('building from source (several minutes)');
  const log = compile();
  const result = log.ok ? loads() : log;
  if (result.ok) {
    say('built and loaded');
    return;
  }
  fail(result.reason);
}

/** Loads the addon in a process of its own: a broken binary may crash whoever loads it. */
function loads() {
  const code = `import(${JSON.stringify(pathToFileURL(loader).href)})
    .then((m) => { m.loadAddon(); })
    .catch((e) => { console.error(e.message); process.exit(1); })`;
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8',
  });
  const reason = stderr.trim() || `the process that loaded it ended with ${signal ?? status}`;
  return { ok: status === 0, reason };
}

function compile() {
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [cmakeJs, 'build'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-40).join('\n');
  return { ok: status === 0, reason: error?.message ?? output };
}

function fail(reason) {
  const missing = missingRequirements('build');
  const lines = ['', 'Could not build @fluxvision/core from source.', ''];
  if (missing.length > 0) {
    lines.push('Missing on this system:');
    lines.push(...missing.map(({ what, package: name }) => `  - ${what} (${name})`));
    lines.push('', 'On Debian and Ubuntu, this installs it:', '');
    lines.push(`  ${installLine(missing.map(({ package: name }) => name))}`);
    lines.push('', 'then: npm rebuild @fluxvision/core --foreground-scripts');
  } else {
    lines.push('Nothing seems to be missing; the end of what the build printed:', '');
    lines.push(indent(reason));
  }
  const ffmpeg = outdatedFfmpeg();
  if (ffmpeg !== undefined) {
    lines.push(
      '',
      `This system's FFmpeg is too old (libavformat ${ffmpeg}): FFmpeg 5.1 or later is`,
    );
    lines.push('needed, as in Debian 12, Ubuntu 24.04 and later releases.');
  }
  if (process.platform !== 'linux') lines.push('', 'It runs on Linux only.');
  console.error(`${lines.join('\n')}\n`);
  process.exit(1);
}

function indent(text) {
  return text.replace(/^/gm, '  ');
}

function say(text) {
  console.log(`@fluxvision/core: ${text}`);
}

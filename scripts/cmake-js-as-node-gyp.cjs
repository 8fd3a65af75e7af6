#!/usr/bin/env node
// Stands in for node-gyp under prebuildify, which knows no CMake: called as `<this> rebuild
// --target=VERSION --arch=ARCH ...` in a folder of its own, it builds the package with cmake-js and
// puts the addon where prebuildify looks. A copy, since prebuildify moves what it finds.
const { spawnSync } = require('node:child_process');
const { copyFileSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const args = ['build', '--directory', root];
for (const arg of process.argv.slice(2)) {
  // Not --target: cmake-js would take it for a CMake target.
  if (arg.startsWith('--arch=')) args.push('--arch', arg.slice('--arch='.length));
  if (arg.startsWith('--target=')) args.push('--runtime-version', arg.slice('--target='.length));
}
const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
const { status } = spawnSync(process.execPath, [cmakeJs, ...args], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

mkdirSync(join('build', 'Release'), { recursive: true });
const addon = join('build', 'Release', 'fluxvision_core.node');
copyFileSync(join(root, addon), addon);

#!/usr/bin/env node
// Lets prebuildify, which knows node-gyp only, drive cmake-js: it is called as
// `<this> rebuild --target=VERSION --arch=ARCH ...`, and cmake-js would take --target for a CMake target.
const { spawnSync } = require('node:child_process');

const args = ['rebuild'];
for (const arg of process.argv.slice(2)) {
  if (arg === '--debug') args.push('--debug');
  if (arg.startsWith('--arch=')) args.push('--arch', arg.slice('--arch='.length));
  if (arg.startsWith('--target=')) args.push('--runtime-version', arg.slice('--target='.length));
}
const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
const { status } = spawnSync(process.execPath, [cmakeJs, ...args], { stdio: 'inherit' });
process.exit(status ?? 1);

// `npm run prebuild`: prebuilds/<platform>-<arch>/ for the packed tarball, through prebuildify.
// npm also runs it ahead of `npm run build`, by its name; with an up-to-date build/ it takes seconds.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const staging = join(root, 'build-prebuild');
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// A folder of its own: prebuildify moves and strips what it finds in build/Release, and the
// development build there may be in use.
rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
copyFileSync(join(root, 'package.json'), join(staging, 'package.json'));
// Binaries of other platforms and older names must not slip into the tarball.
rmSync(join(root, 'prebuilds'), { recursive: true, force: true });

const prebuildify = createRequire(import.meta.url).resolve('prebuildify/bin.js');
const { status } = spawnSync(
  process.execPath,
  [
    prebuildify,
    '--napi',
    '--strip',
    '--tag-libc',
    ...['--target', `${engines.node.replace('>=', '')}.0`],
    ...['--node-gyp', join(root, 'scripts', 'cmake-js-as-node-gyp.cjs')],
    ...['--cwd', staging],
    ...['--out', root],
  ],
  { stdio: 'inherit', cwd: dirname(staging) },
);
rmSync(staging, { recursive: true, force: true });
process.exit(status ?? 1);

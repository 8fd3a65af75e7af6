// clang-format over the C++ of this checkout: node scripts/format.mjs [--check].
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = ['lib', 'binding', 'test/native', 'test/fuzz', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join(folder, name)),
);
const mode = process.argv.includes('--check') ? ['--dry-run', '-Werror'] : ['-i'];
const { status } = spawnSync('clang-format', [...mode, ...files], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);

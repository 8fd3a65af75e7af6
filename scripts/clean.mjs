// Removes the named build outputs of this checkout: node scripts/clean.mjs dist prebuilds ...
import { rmSync } from 'node:fs';

const removable = ['build', 'coverage', 'dist', 'prebuilds'];
for (const name of process.argv.slice(2)) {
  if (!removable.includes(name)) {
    console.error(`clean: ${name} is not a build output (${removable.join(', ')})`);
    process.exit(1);
  }
  rmSync(new URL(`../${name}`, import.meta.url), { recursive: true, force: true });
}

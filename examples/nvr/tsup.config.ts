// Bundles the server into dist/server; packages stay packages.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  entry: { main: here('server/main.ts'), index: here('server/index.ts') },
  outDir: here('dist/server'),
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // Without the paths of tsconfig.json, which lead to the sources of @fluxvision/core: what runs is the
  // package.
  tsconfig: here('tsconfig.server.json'),
  skipNodeModulesBundle: true,
});

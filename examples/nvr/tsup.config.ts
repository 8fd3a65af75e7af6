// Bundles server/ into dist/server; packages, @fluxvision/core among them, stay outside.
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { main: 'server/main.ts', index: 'server/index.ts' },
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  outDir: 'dist/server',
  sourcemap: true,
  clean: true,
});

// Bundles src/ into dist/: the library for import and require, and the command line (ESM only).
import { defineConfig, type Options } from 'tsup';

const shared: Options = {
  target: 'node20.17',
  platform: 'node',
  outDir: 'dist',
  sourcemap: true,
  // import.meta.url in the CommonJS bundle; the loader finds the package from it.
  shims: true,
  // scripts/clean.mjs does it: the two builds run side by side, and neither may wipe the other's.
  clean: false,
};

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    // One graph, so that the command line and the library share their chunks.
    entry: {
      index: 'src/index.ts',
      'cli/main': 'src/cli/main.ts',
      // scripts/install.mjs asks it whether the prebuilt binary loads.
      'native-loader': 'src/native-loader.ts',
    },
    dts: { entry: { index: 'src/index.ts' } },
  },
  {
    ...shared,
    format: 'cjs',
    // Its declarations are those of the other one: `npm run build:ts` copies them.
    entry: { index: 'src/index.ts' },
  },
]);

// Two projects: `unit` runs src/ alone; `e2e` runs whole journeys (CLI, simulator, packed tarball).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Applications of examples/ are tested on the sources, not on what dist/ holds.
const alias = { '@fluxvision/core': fileURLToPath(new URL('src/index.ts', import.meta.url)) };

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'examples/nvr/{protocol,server}/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage/ts',
      // One test that fails hides nothing of the others.
      reportOnFailure: true,
    },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/fewest-iterations.ts'],
          pool: 'forks',
          // What all of them import is imported once per worker.
          isolate: false,
          // Many of them record for seconds and wait meanwhile.
          maxWorkers: 4,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/support/fewest-iterations.ts'],
          pool: 'forks',
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each journey starts servers, writers and ffmpeg of its own, and then waits for footage.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

// Two projects: `unit` runs src/ alone; `e2e` runs whole journeys (CLI, simulator, packed tarball).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Applications of examples/ are tested on the sources, not on what dist/ holds.
const alias = { '@fluxvision/core': fileURLToPath(new URL('src/index.ts', import.meta.url)) };

/** What takes more than a minute begins first: at the end it would keep all from being done. */
const LONG = ['faults/kills', 'nvr/federation', 'pack', 'nvr/troubles', 'faults/network'].map(
  (name) => `e2e/${name}.test.ts`,
);

class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((one) => moduleId.endsWith(one));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongOnesFirst },
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

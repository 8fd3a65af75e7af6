// A process that deletes the oldest segments of a storage and is killed between two steps of it.
import { Deletion } from '../../../src/recording/deletion.js';
import { RecordingIndex } from '../../../src/recording/recording-index.js';

const [storage, count, lastStep] = process.argv.slice(2) as [string, string, string];
const index = await RecordingIndex.open({ storage });
const deletion = new Deletion(index, {
  deleted: () => {},
  failed: (_, error) => {
    throw error;
  },
  step: (step) => {
    if (step === lastStep) process.kill(process.pid, 'SIGKILL');
  },
});
const ids = index.segments({ limit: Number(count) }).map(({ id }) => id);
await deletion.delete(ids, 'maxAge');
// Killed in the middle of its files, not at a step.
process.exitCode = 3;

// A worker thread, or with --exit a process, that records until it is ended from outside or by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Recorder } from '../../../dist/index.js';

const { storage, passphrase, urls, exitAfterMs } = isMainThread
  ? JSON.parse(process.argv[2])
  : workerData;
const recorder = await Recorder.open({
  storage,
  passphrase,
  segmentDuration: 2,
  cameras: urls.map((url, i) => ({ id: `cam${i + 1}`, url })),
});
while (Object.values(recorder.stats().cameras).some(({ writer }) => writer.framesWritten < 3)) {
  await sleep(10);
}
parentPort?.postMessage('recording');
if (isMainThread) {
  await sleep(exitAfterMs);
  process.exit(7);
}

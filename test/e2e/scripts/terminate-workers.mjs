// Starts a recording worker and terminates it in mid-recording, again and again. A native crash would
// end this process with a signal, which its test sees.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const { folder, rounds, ...workerData } = JSON.parse(process.argv[2]);
for (let round = 0; round < rounds; round += 1) {
  const worker = new Worker(new URL('./recording-worker.mjs', import.meta.url), {
    workerData: { ...workerData, storage: join(folder, 'worker') },
  });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await sleep(Math.random() * 150);
  await worker.terminate();
}
console.log(`${rounds} workers terminated`);

// Decodes cameras, copies frames and leaves some open: as a worker that is terminated in the middle of it,
// or as a process that exits. Arguments: terminate, exit or close, and options as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Camera, DecoderPool } from '../../../dist/index.js';

const [mode, options] = isMainThread
  ? [process.argv[2], JSON.parse(process.argv[3])]
  : ['work', workerData];

async function decode(urls) {
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  const cameras = urls.map((url, i) => new Camera({ id: `cam${i}`, url }));
  let begun = 0;
  const reading = cameras.map(async (camera) => {
    camera.start();
    const decoder = pool.decoder(camera);
    let count = 0;
    for await (const frame of decoder.frames()) {
      const pixels = Buffer.alloc(frame.allocationSize({ format: 'rgb' }));
      const copying = frame.copyTo(pixels, { format: 'rgb' });
      count += 1;
      if (count === 3) begun += 1;
      // Some stay open, and some copies are nobody's to wait for.
      if (count % 4 > 0) frame.close();
      if (count % 2 > 0) await copying;
    }
  });
  while (begun < urls.length) await sleep(5);
  return { pool, cameras, reading };
}

if (mode === 'terminate') {
  for (let round = 0; round < options.rounds; round += 1) {
    const worker = new Worker(new URL(import.meta.url), { workerData: options });
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await sleep(Math.random() * 100);
    await worker.terminate();
  }
  console.log(`${options.rounds} workers terminated`);
} else {
  const { pool, cameras, reading } = await decode(options.urls);
  parentPort?.postMessage('decoding');
  if (mode === 'exit') {
    await sleep(options.exitAfterMs);
    process.exit(7);
  }
  if (mode === 'close') {
    await pool.close();
    await Promise.all(cameras.map((camera) => camera.close()));
    await Promise.all(reading);
    console.log('closed');
  }
}

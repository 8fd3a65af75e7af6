// Records the benchmark's cameras with the SDK, as an application would.
import { createInterface } from 'node:readline';
import { Recorder } from '../../dist/index.js';

const { storage, urls, segmentDuration } = JSON.parse(process.argv[2]);
const recorder = await Recorder.open({
  storage,
  passphrase: 'benchmark passphrase',
  segmentDuration,
  cameras: urls.map((url, i) => ({ id: `cam${i + 1}`, url })),
});
console.log(JSON.stringify({ ready: true }));

for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'stop') continue;
  await recorder.close();
  const { cameras } = recorder.stats();
  const total = (pick) => cameras.reduce((sum, camera) => sum + pick(camera), 0);
  console.log(
    JSON.stringify({
      packetsLost: total((camera) => camera.packetsLost),
      framesWritten: total((camera) => camera.framesWritten),
      framesDropped: total((camera) => camera.framesDropped),
    }),
  );
  break;
}
process.exit(0);

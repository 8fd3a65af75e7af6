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
  const cameras = Object.values(recorder.stats().cameras);
  const total = (pick) => cameras.reduce((sum, each) => sum + pick(each), 0);
  console.log(
    JSON.stringify({
      packetsLost: total(({ camera }) => camera.packetsLost),
      framesWritten: total(({ writer }) => writer.framesWritten),
      framesDropped: total(({ writer }) => writer.framesDropped),
    }),
  );
  break;
}
process.exit(0);

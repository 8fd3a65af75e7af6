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

function total(pick) {
  return Object.values(recorder.stats().cameras).reduce((sum, each) => sum + pick(each), 0);
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'frames') {
    console.log(JSON.stringify({ framesWritten: total(({ writer }) => writer.framesWritten) }));
  }
  if (line !== 'stop') continue;
  await recorder.close();
  console.log(
    JSON.stringify({
      packetsLost: total(({ camera }) => camera.packetsLost),
      framesDropped: total(({ writer }) => writer.framesDropped),
    }),
  );
  break;
}
process.exit(0);

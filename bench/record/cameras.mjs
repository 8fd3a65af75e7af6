// The benchmark's cameras, in a process of their own so that their cost is nobody else's.
import { createInterface } from 'node:readline';
import { RtspSimulator } from '../../dist/index.js';

const options = JSON.parse(process.argv[2]);
const simulator = await RtspSimulator.start(options);
const urls = Array.from(
  { length: options.cameras },
  (_, i) => `rtsp://127.0.0.1:${simulator.port}/cam${i + 1}/main`,
);
console.log(JSON.stringify({ urls }));

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'frames') {
    const framesSent = simulator.stats().reduce((sum, stream) => sum + stream.framesSent, 0);
    console.log(JSON.stringify({ framesSent }));
  }
}
await simulator.close();

// The cameras of a soak, in a process of their own. Its argument (JSON) says how many; at each line of
// stdin it tells which frames have left them since.
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { RtspSimulator } = await import(join(import.meta.dirname, '../../../dist/index.js'));
const { clip, cameras } = JSON.parse(process.argv[2]);
/** Seconds of frames at 25 a second between two questions, and then some. */
const LOG = 25 * 120;

const simulator = await RtspSimulator.start({ clip, cameras, sentLogCapacity: LOG });
const ids = Array.from({ length: cameras }, (_, i) => `cam${i + 1}`);
/** The newest frame that was told of each. */
const told = new Map();
tell({ event: 'ready', port: simulator.port });

for await (const _ of createInterface({ input: process.stdin })) {
  const dropped = simulator.stats().reduce((sum, { framesDropped }) => sum + framesDropped, 0);
  tell({ event: 'sent', dropped, ...sentSince() });
}
await simulator.close();

function sentSince() {
  const frames = {};
  const forgotten = [];
  for (const id of ids) {
    const log = simulator.sentFrames(`/${id}/main`);
    const last = told.get(id);
    const at = last ? log.findLastIndex((frame) => isSame(frame, last)) : -1;
    if (last && at < 0) forgotten.push(id);
    if (log.length > 0) told.set(id, log.at(-1));
    frames[id] = log.slice(at + 1).map(({ sentAt }) => sentAt);
  }
  return { frames, forgotten };
}

function isSame(a, b) {
  return a.sentAt === b.sentAt && a.rtpTimestamp === b.rtpTimestamp && a.clipIndex === b.clipIndex;
}

function tell(news) {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

// Looks on, from a process of its own, at when files of a folder are written to; asked, it tells the
// intervals between writes, in milliseconds.
import { watch } from 'node:fs';

/** Writes closer than that are one: a chunk and what belongs to it. */
const BURST_MS = 50;
const lastWrite = new Map();
let intervals = [];

for (const folder of process.argv.slice(2)) {
  watch(folder, () => {
    const now = performance.now();
    const last = lastWrite.get(folder);
    if (last !== undefined && now - last < BURST_MS) return;
    if (last !== undefined) intervals.push(now - last);
    lastWrite.set(folder, now);
  });
}
process.on('message', () => {
  process.send(intervals);
  intervals = [];
});
process.send('ready');

// Records what its one argument (JSON) says, and tells every news as a line of JSON: on stdout, and in
// the file of marks, whose lines stand in the shim's log in their place among the system calls.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { Recorder } = await import(join(import.meta.dirname, '../../../dist/index.js'));
const { marks, retainEvery, statsEvery, ...options } = JSON.parse(process.argv[2]);
const marksFile = marks ? openSync(marks, 'a', 0o600) : undefined;

/** @param {object} news */
function tell(news) {
  const line = `${JSON.stringify({ at: Date.now(), ...news })}\n`;
  if (marksFile !== undefined) writeSync(marksFile, line);
  writeSync(1, line);
}

let recorder;
try {
  recorder = await Recorder.open(options);
} catch (error) {
  tell({ event: 'refused', code: error.code, message: error.message });
  process.exit(3);
}
recorder.on('segment', (segment) => tell({ event: 'segment', ...pick(segment) }));
recorder.on('recovered', (segment) => tell({ event: 'recovered', ...pick(segment) }));
recorder.on('gap', (gap) => tell({ event: 'gap', ...gap }));
recorder.on('error', ({ code, message }) => tell({ event: 'error', code, message }));
recorder.on('camera', ({ cameraId, state }) => tell({ event: 'camera', cameraId, state }));
recorder.on('deleted', ({ filePath }) => tell({ event: 'deleted', filePath }));
recorder.on('recordingBlocked', ({ reason }) => tell({ event: 'blocked', reason }));
recorder.on('recordingResumed', ({ reason }) => tell({ event: 'resumed', reason }));
tell({ event: 'open', recovery: recorder.recovery });

if (statsEvery)
  setInterval(() => tell({ event: 'stats', ...counted(recorder.stats()) }), statsEvery);
if (retainEvery) {
  setInterval(() => {
    tell({ event: 'retention' });
    recorder.applyRetention().catch(({ code, message }) => tell({ event: 'error', code, message }));
  }, retainEvery);
}
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'close') continue;
  await recorder.close();
  tell({ event: 'closed', ...counted(recorder.stats()) });
  process.exit(0);
}

function pick({ cameraId, filePath, fileSize, frames, startTime, endTime, endReason, state }) {
  return { cameraId, filePath, fileSize, frames, startTime, endTime, endReason, state };
}

function counted({ cameras, segmentsNotIndexed }) {
  const writers = Object.entries(cameras).map(([id, { writer }]) => [id, writer]);
  return { segmentsNotIndexed, writers: Object.fromEntries(writers) };
}

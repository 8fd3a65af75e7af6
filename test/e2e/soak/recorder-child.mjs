// The recorder of a soak, and everything that goes on beside recording: live taps, slow ones too,
// triggers, playback, verification, a camera that is taken away and added again. Lines of stdin:
// `state` asks for the heap and the counters, `close` ends it. Needs --expose-gc.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const { KeyManager, Playback, Recorder, UnpacedClock, verifyRecordings } = await import(
  join(import.meta.dirname, '../../../dist/index.js')
);
const { storage, passphrase, maxBytes, segmentDuration, cameras, every } = JSON.parse(
  process.argv[2],
);
/** Shorter holes are no gaps, see docs/recording.md. */
const MIN_GAP_MS = 500;

const counts = { deleted: 0, taps: 0, tapFrames: 0, playbacks: 0, playbackFrames: 0 };
Object.assign(counts, { verified: 0, triggers: 0, readded: 0, connects: 0 });
const ending = new AbortController();
const { signal } = ending;

const keys = await KeyManager.create({
  ...{ directory: join(storage, 'keys'), passphrase, iterations: 100_000 },
});
const recorder = await Recorder.open({
  ...{ storage, keys, segmentDuration, cameras },
  // Footage of events goes last: without limits of their own those cameras would come to fill it all.
  retention: { maxBytes, minFreeBytes: 0, perCamera: limitsOf(cameras) },
});
/** The newest segment of each camera. */
const newest = new Map();
recorder.on('segment', onSegment);
recorder.on('gap', (gap) => tell({ event: 'gap', ...gap }));
recorder.on('error', ({ code, message }) => problem('recorder', `${code} ${message}`));
recorder.on('recordingBlocked', ({ reason }) => problem('recorder', `blocked: ${reason}`));
recorder.on('deleted', () => counts.deleted++);
recorder.on('camera', ({ state }) => {
  if (state === 'playing') counts.connects++;
});
tell({ event: 'open' });

const ids = cameras.map(({ id }) => id);
const onEvent = cameras.filter(({ recording }) => recording?.mode === 'event');
const leaving = cameras.at(-1);
const goingOn = [
  repeat(every.tap, () => tap(8 << 20, 0)),
  repeat(every.tap * 1.7, () => tap(8 << 20, 0)),
  // One that takes a frame a second of what comes 25 times a second.
  repeat(every.tap, () => tap(1 << 16, 1000)),
  repeat(every.playback, play),
  repeat(every.verify, verify),
  repeat(every.trigger, trigger),
  repeat(every.leave, comeAndGo),
];

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'state') tellState();
  if (line === 'close') break;
}
ending.abort();
await Promise.all(goingOn);
await recorder.close();
tellState();
await keys.close();
tell({ event: 'closed' });
process.exit(0);

/** `work`, and again after `ms`, until the end. What it throws is a problem. */
async function repeat(ms, work) {
  while (!signal.aborted) {
    await sleep(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    await work().catch((error) => problem(work.name || 'tap', error.stack));
  }
}

async function tap(maxQueuedBytes, pauseMs) {
  const id = anyOf(ids);
  const camera = recorder.cameras.find((one) => one.id === id);
  if (!camera) return;
  // The signal outlives a thousand of them, as that of a server would.
  const frames = camera.frames({ maxQueuedBytes, signal });
  const timer = setTimeout(() => void frames.close(), every.tap);
  for await (const { data } of frames) {
    if (data.length > 0) counts.tapFrames++;
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  clearTimeout(timer);
  counts.taps++;
}

async function play() {
  const cameraId = anyOf(ids);
  const newest = { cameraId, first: 'newest', limit: 8 };
  const [last, ...earlier] = recorder.index.segments(newest);
  if (!last) return;
  const speed = anyOf([1, 4, -4]);
  const from = (speed > 0 ? (earlier.at(-1) ?? last) : last).startTime;
  const playback = await Playback.open({
    ...{ index: recorder.index, keys, cameras: [cameraId], from, speed },
    clock: new UnpacedClock(),
  });
  playback.on('error', ({ code, message }) => {
    if (code !== 'ERR_NOT_FOUND') problem('playback', `${code} ${message}`);
  });
  try {
    playback.play();
    let frames = 0;
    for await (const _ of playback) if (++frames === 250 || signal.aborted) break;
    counts.playbackFrames += frames;
    counts.playbacks++;
  } finally {
    await playback.close();
  }
}

async function verify() {
  const { checked, problems } = await verifyRecordings({ storage, keys });
  counts.verified += checked;
  for (const { code, message } of problems) problem('verify', `${code} ${message}`);
}

async function trigger() {
  for (const { id } of onEvent) recorder.trigger({ cameraId: id, type: 'motion' });
  counts.triggers += onEvent.length;
}

async function comeAndGo() {
  await recorder.removeCamera(leaving.id);
  recorder.addCamera(leaving);
  counts.readded++;
}

/** A hole behind the segment before must be in the index, with its reason, while that segment is. */
function onSegment(segment) {
  const { cameraId, startTime, endTime, frames } = segment;
  const before = newest.get(cameraId);
  newest.set(cameraId, segment);
  tell({ event: 'segment', cameraId, startTime, endTime, frames });
  if (!before || startTime - before.endTime < MIN_GAP_MS) return;
  if (!recorder.index.byPath(before.filePath)) return;
  const gaps = recorder.index.gaps({ cameraId, from: before.endTime, to: startTime });
  const reasons = gaps.map(({ reason }) => reason);
  tell({ event: 'hole', cameraId, from: before.endTime, to: startTime, reasons });
}

function limitsOf(cameras) {
  const onEvent = cameras.filter(({ recording }) => recording?.mode === 'event');
  const limit = { maxBytes: Math.round(maxBytes / cameras.length / 2) };
  return Object.fromEntries(onEvent.map(({ id }) => [id, limit]));
}

function tellState() {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { cameras, segmentsNotIndexed } = recorder.stats();
  const writers = {};
  for (const [id, { writer, camera }] of Object.entries(cameras)) {
    const { framesWritten, framesDropped, overflows } = writer;
    writers[id] = { framesWritten, framesDropped, overflows, packetsLost: camera.packetsLost };
  }
  tell({ event: 'state', heapUsed, external, arrayBuffers, counts, segmentsNotIndexed, writers });
}

function anyOf(list) {
  return list[Math.floor(Math.random() * list.length)];
}

function problem(where, message) {
  tell({ event: 'problem', where, message });
}

function tell(news) {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

// The recorder's main promise: what the camera sent is what comes back, frame by frame and byte by
// byte, and players take it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  exportRecording,
  KeyManager,
  Recorder,
  RecordingIndex,
  RtspSimulator,
  SegmentReader,
  type SegmentRecord,
  verifyRecordings,
} from '../../src/index.js';
import { countFrames, decode, MAIN, makeClip, SUB } from './support/clips.js';
import { folderOfThisFile, until } from './support/folder.js';
import { hashesOfAnnexB, hashesOfLengthPrefixed } from './support/nal-units.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';

describe('A recording of a main and a sub stream', () => {
  const storage = join(folder, 'storage');
  const streams = [
    { id: 'main', path: '/cam1/main', shape: MAIN },
    { id: 'sub', path: '/cam1/sub', shape: SUB },
  ];
  let simulator: RtspSimulator;
  const segments: SegmentRecord[] = [];
  const sent = new Map<string, { sentAt: number; rtpTimestamp: number; keyFrame: boolean }[]>();

  beforeAll(async () => {
    simulator = await RtspSimulator.start({
      clip: makeClip(folder, 'main.mp4', MAIN),
      subClip: makeClip(folder, 'sub.mp4', SUB),
      pacing: 'packet',
      sentLogCapacity: 10_000,
    });
    const recorder = await Recorder.open({
      storage,
      passphrase,
      segmentDuration: 4,
      cameras: streams.map(({ id, path }) => ({
        id,
        url: `rtsp://127.0.0.1:${simulator.port}${path}`,
      })),
    });
    recorder.on('segment', (segment) => segments.push(segment));
    await sleep(15_000);
    const { cameras } = recorder.stats();
    await recorder.close();
    for (const { id, path } of streams) {
      sent.set(id, simulator.sentFrames(path));
      expect(cameras[id]?.camera.packetsLost).toBe(0);
      expect(cameras[id]?.writer.framesDropped).toBe(0);
    }
    await simulator.close();
  });

  it('verifies as a whole', async () => {
    const report = await verifyRecordings({ storage, passphrase });
    expect(report).toMatchObject({ ok: true, checked: segments.length, problems: [] });
    expect(segments.length).toBeGreaterThanOrEqual(6);
  });

  it('cuts on key frames without a gap between segments', () => {
    for (const { id } of streams) {
      const mine = segments.filter(({ cameraId }) => cameraId === id);
      for (const [i, segment] of mine.entries()) {
        const next = mine[i + 1];
        if (next) expect(next.startTime).toBe(segment.endTime);
        if (next) expect(segment.endReason).toBe('cut');
      }
    }
  });

  for (const { id, shape } of streams) {
    for (const extension of ['mp4', 'mkv']) {
      it(`exports ${id} as ${extension} with exactly the frames that were sent, and it plays`, async () => {
        const first = segments.find(({ cameraId }) => cameraId === id) as SegmentRecord;
        const frameMs = 1000 / shape.fps;
        const gopMs = shape.gop * frameMs;
        // From the second key frame on, over two segment borders; half a frame off the frames
        // themselves, as the wall clock glides by milliseconds against the camera's.
        const from = first.startTime + gopMs + frameMs / 2;
        const to = from + 9000 - frameMs;
        const out = join(folder, `exported-${id}.${extension}`);
        const progress: number[] = [];
        const result = await exportRecording({
          storage,
          passphrase,
          cameraId: id,
          from: Math.round(from),
          to: Math.round(to),
          out,
          onProgress: (done) => progress.push(done),
        });

        // The source's own clock: RTP time from the first frame it sent in this session.
        const frames = sent.get(id) ?? [];
        const origin = frames[0]?.rtpTimestamp ?? 0;
        const inRange = frames.filter(({ rtpTimestamp }) => {
          const at = first.startTime + ((rtpTimestamp - origin) >>> 0) / 90;
          return at >= from - frameMs && at < to;
        });
        expect(inRange.length).toBe(9 * shape.fps);
        expect(result.frames).toBe(inRange.length);
        expect(result.gaps).toEqual([]);
        expect(countFrames(out)).toBe(inRange.length);
        expect(decode(out)).toEqual({ errors: '', frames: inRange.length });
        expect(progress.length).toBeGreaterThan(0);
      });
    }
  }
});

describe('The bytes of a recording', () => {
  it('are the NAL units of the stream, hash by hash', async () => {
    const clip = makeClip(folder, 'raw.h264', { ...SUB, seconds: 2 });
    const source = hashesOfAnnexB(readFileSync(clip));
    const storage = join(folder, 'bytes');
    const simulator = await RtspSimulator.start({ clip });
    const recorder = await Recorder.open({
      storage,
      passphrase,
      segmentDuration: 2,
      cameras: [{ id: 'gate', url: simulator.urls[0] as string }],
    });
    await until(() => (recorder.stats().cameras.gate?.writer.framesWritten ?? 0) > 100);
    await recorder.close();
    await simulator.close();

    const keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
    const recorded: string[] = [];
    const rows = await readRows(storage);
    for (const row of rows) {
      const reader = await SegmentReader.open({ path: join(storage, row.filePath), keys });
      for await (const packet of reader.packets()) {
        recorded.push(...hashesOfLengthPrefixed(packet.data));
      }
      await reader.close();
    }
    await keys.close();
    expect(rows.length).toBeGreaterThanOrEqual(3);
    expect(recorded.length).toBeGreaterThan(source.length * 2);
    expect(recorded).toEqual(recorded.map((_, i) => source[i % source.length]));
  });
});

async function readRows(storage: string): Promise<SegmentRecord[]> {
  const index = await RecordingIndex.open({ storage, readOnly: true });
  const rows = index.segments({});
  await index.close();
  return rows;
}

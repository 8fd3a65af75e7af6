import { getEventListeners } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import {
  Camera,
  type CameraOptions,
  type EncodedFrame,
  qualityForTile,
} from '../../../src/index.js';
import { simulate, until } from '../recording/recorded.js';
import { thrownBy } from '../thrown.js';

const quick = { reconnect: { minMs: 10, maxMs: 20 }, connectTimeoutMs: 500, lingerMs: 0 };

async function twoStreams(options: Partial<CameraOptions> = {}) {
  const simulator = await simulate();
  const url = simulator.urls[0] as string;
  const sub = { url: url.replace(/main$/, 'sub') };
  const camera = new Camera({ id: 'door', url, sub, onDemand: true, ...quick, ...options });
  onTestFinished(() => camera.close());
  camera.start();
  const sessions = (stream: string) =>
    simulator.stats().find(({ path }) => path === `/cam1/${stream}`)?.sessions;
  return { camera, simulator, sessions };
}

it('gives frames that begin with a key frame and carry what a decoder needs', async () => {
  const { camera, sessions } = await twoStreams();
  const got: EncodedFrame[] = [];
  for await (const frame of camera.frames()) {
    got.push(frame);
    if (got.length === 12) break;
  }
  expect(got[0]).toMatchObject({ kind: 'video', keyFrame: true, width: 320, height: 240 });
  expect(got[0]?.decoderConfiguration?.[0]).toBe(1);
  for (const { data, codec } of got) {
    expect(codec).toMatch(/^avc1\./);
    expect(data.readUInt32BE(0)).toBeLessThanOrEqual(data.length - 4);
  }
  const steps = got
    .slice(1)
    .map((frame, i) => frame.timestamp - (got[i] as EncodedFrame).timestamp);
  expect(Math.min(...steps)).toBeGreaterThan(0);
  // Leaving the loop closed it, and nobody needs the stream any more.
  await until(() => sessions('main') === 0);
});

it('leaves nothing at a signal that outlives it', async () => {
  const { camera } = await twoStreams();
  const ending = new AbortController();
  const closed = camera.frames({ signal: ending.signal });
  await closed.close();
  for await (const _ of camera.frames({ signal: ending.signal })) break;
  expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  const open = camera.frames({ signal: ending.signal });
  ending.abort();
  for await (const _ of open) expect.fail('a frame behind the end');
});

it('connects the stream that the quality asks for, and only that one', async () => {
  const { camera, sessions } = await twoStreams();
  const frames = camera.frames({ quality: 'THUMBNAIL' });
  for await (const _ of frames) {
    if (frames.stats().stream === 'sub') break;
  }
  expect(camera.stats('main').connects).toBe(0);
  expect(camera.stats('sub').connects).toBe(1);
  await until(() => sessions('sub') === 0);
  await until(() => camera.streamState('sub') === 'idle');
});

it('changes over at a key frame', async () => {
  const { camera } = await twoStreams();
  const frames = camera.frames({ quality: 'GRID_VIEW' });
  let asked = false;
  for await (const frame of frames) {
    if (!asked) {
      frames.setQuality('FULLSCREEN');
      asked = true;
    }
    if (frames.stats().switches === 0) continue;
    if (frame.afterGap || frame.keyFrame) break;
  }
  expect(frames.stats()).toMatchObject({ stream: 'main', switches: 1 });
});

it('drops to the next key frame where the reader is too slow, and says so', async () => {
  const { camera } = await twoStreams();
  const frames = camera.frames({ maxQueuedBytes: 1 << 16 });
  await until(() => frames.stats().framesDropped > 0);
  let gap: EncodedFrame | undefined;
  for await (const frame of frames) {
    if (!frame.afterGap) continue;
    gap = frame;
    break;
  }
  expect(gap?.keyFrame).toBe(true);
});

it('ends with the camera, with close() and with the signal', async () => {
  const { camera } = await twoStreams();
  const abort = new AbortController();
  const read = async (frames: AsyncIterable<EncodedFrame>) => {
    let count = 0;
    for await (const _ of frames) count++;
    return count;
  };
  const aborted = camera.frames({ signal: abort.signal });
  const closed = camera.frames();
  const withCamera = camera.frames();
  const reads = [aborted, closed, withCamera].map(read);
  await until(() => withCamera.stats().framesDelivered > 5);
  abort.abort();
  await closed.close();
  await closed.close();
  await Promise.all(reads.slice(0, 2));
  await camera.close();
  expect(await reads[2]).toBeGreaterThan(5);
  expect(thrownBy(() => camera.frames()).code).toBe('ERR_CLOSED');
  expect(thrownBy(() => closed.setQuality('PAUSED')).code).toBe('ERR_CLOSED');
});

it('refuses what it cannot do', async () => {
  const { camera } = await twoStreams();
  expect(thrownBy(() => camera.frames({ quality: 'HUGE' as 'PAUSED' })).message).toContain(
    'quality',
  );
  expect(thrownBy(() => camera.stats('third' as 'sub')).message).toContain('stream');
});

it('chooses the quality of a tile by its larger side', () => {
  expect(qualityForTile(0, 100)).toBe('PAUSED');
  expect(qualityForTile(Number.NaN, 100)).toBe('PAUSED');
  expect(qualityForTile(99, 50)).toBe('THUMBNAIL');
  expect(qualityForTile(320, 180)).toBe('GRID_VIEW');
  expect(qualityForTile(480, 270)).toBe('FOCUSED');
  expect(qualityForTile(1280, 720)).toBe('FULLSCREEN');
});

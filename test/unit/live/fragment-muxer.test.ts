import { expect, it, onTestFinished } from 'vitest';
import { readInit } from '../../../examples/nvr/protocol/picture.js';
import {
  Camera,
  type EncodedFrame,
  FragmentMuxer,
  type PlaybackFrame,
  type PlaybackSegment,
} from '../../../src/index.js';
import { simulate } from '../recording/recorded.js';
import { thrownBy } from '../thrown.js';
import { countFrames, fileOf, headerOf } from './watching.js';

async function framesOfACamera(count: number): Promise<EncodedFrame[]> {
  const simulator = await simulate();
  const camera = new Camera({ id: 'door', url: simulator.urls[0] as string });
  onTestFinished(() => camera.close());
  camera.start();
  const frames: EncodedFrame[] = [];
  for await (const frame of camera.frames()) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return frames;
}

function muxed(muxer: FragmentMuxer, frame: EncodedFrame | PlaybackFrame, epoch = 0): Buffer[] {
  const init = muxer.init(frame);
  const fragment = muxer.fragment(frame, { epoch });
  return init ? [init, fragment] : [fragment];
}

/** As playback would hand it out. */
function played({ arrival, decoderConfiguration, ...frame }: EncodedFrame): PlaybackFrame {
  const segment = {} as PlaybackSegment;
  const rest = { kind: 'video' as const, cameraId: 'door', preroll: false, segment };
  return {
    ...frame,
    ...rest,
    time: arrival,
    ...(decoderConfiguration && { decoderConfiguration }),
  };
}

it('makes of frames what players and decoders take', async () => {
  const frames = await framesOfACamera(30);
  const muxer = new FragmentMuxer({ stream: 7 });
  expect(muxer.ready).toBe(false);
  const messages = frames.flatMap((frame) => muxed(muxer, frame));
  expect(muxer.ready).toBe(true);
  expect(messages).toHaveLength(31);
  const [init, first, second] = messages as [Buffer, Buffer, Buffer];
  expect(readInit(init)).toMatchObject({ stream: 7, codec: frames[0]?.codec, width: 320 });
  expect(Buffer.from(readInit(init)?.configuration ?? [])).toEqual(frames[0]?.decoderConfiguration);
  expect(headerOf(first)).toMatchObject({
    ...{ stream: 7, key: true, decodeTime: 0, time: (frames[0]?.arrival ?? 0) * 1000 },
  });
  expect(headerOf(second)).toMatchObject({ key: false, decodeTime: 40_000 });
  expect(second.subarray(headerOf(second).payloadOffset)).toEqual(frames[1]?.data);
  expect(countFrames(fileOf(messages))).toBe(30);
});

it('goes on without a hole behind a seek, and says where it was', async () => {
  const frames = await framesOfACamera(10);
  const muxer = new FragmentMuxer();
  const before = frames.flatMap((frame) => muxed(muxer, played(frame)));
  const sought = frames.map((frame) => played({ ...frame, arrival: frame.arrival - 86_400_000 }));
  const [first, ...after] = sought.flatMap((frame) => muxed(muxer, frame, 257));
  const last = headerOf(before.at(-1) as Buffer);
  const next = headerOf(first as Buffer);
  expect(next.epoch).toBe(1);
  expect(next.time).toBe((sought[0]?.time ?? 0) * 1000);
  expect(next.decodeTime).toBeGreaterThan(last.decodeTime);
  expect(next.decodeTime).toBeLessThan(last.decodeTime + 500_000);
  expect(after).toHaveLength(9);
});

it('marks what leads to a picture that was sought', async () => {
  const [frame] = (await framesOfACamera(1)) as [EncodedFrame];
  const muxer = new FragmentMuxer();
  muxer.init(frame);
  expect(headerOf(muxer.fragment({ ...played(frame), preroll: true })).preroll).toBe(true);
  expect(headerOf(muxer.fragment(frame, { preroll: true })).preroll).toBe(true);
  expect(headerOf(muxer.fragment(frame)).preroll).toBe(false);
});

it('refuses what it cannot make a message of, by code', async () => {
  const [frame] = (await framesOfACamera(1)) as [EncodedFrame];
  const muxer = new FragmentMuxer();
  expect(thrownBy(() => muxer.fragment(frame))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
  expect(muxer.init({ ...frame, keyFrame: false })).toBeUndefined();
  const damaged = { ...frame, decoderConfiguration: Buffer.alloc(5) };
  expect(thrownBy(() => muxer.init(damaged))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
  expect(thrownBy(() => muxer.init({ ...frame, codec: 'vp09.00' }))).toMatchObject({
    code: 'ERR_UNSUPPORTED',
  });
  expect(thrownBy(() => muxer.init({ ...frame, kind: 'audio' }))).toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
  });
  muxer.init(frame);
  expect(thrownBy(() => muxer.fragment({ ...frame, data: Buffer.alloc(0) }))).toMatchObject({
    code: 'ERR_UNSUPPORTED',
  });
  expect(thrownBy(() => new FragmentMuxer({ stream: -1 }))).toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
  });
});

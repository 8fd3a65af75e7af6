import { expect, it, onTestFinished } from 'vitest';
import {
  Camera,
  DecoderPool,
  type EncodedFrame,
  type EncodeRoute,
  Encoder,
  type EncoderBackendChange,
  type EncoderOptions,
  type FrameStream,
} from '../../../src/index.js';
import { simulate, until } from '../recording/recorded.js';
import { thrownBy } from '../thrown.js';

const small = { width: 160, height: 160, frameRate: 25, bitrate: 300_000 };

/** A camera of 320x240 without a sub stream, and a maker of encoders for it. */
async function watched() {
  const simulator = await simulate();
  const url = simulator.urls[0] as string;
  const camera = new Camera({ id: 'door', url, onDemand: true, lingerMs: 0 });
  onTestFinished(() => camera.close());
  camera.start();
  const encoderWith = (options: Partial<EncoderOptions>) => {
    const encoder = new Encoder({ camera, ...options });
    onTestFinished(() => encoder.close());
    return encoder;
  };
  return { camera, simulator, encoderWith };
}

async function take(frames: FrameStream, count: number): Promise<EncodedFrame[]> {
  const got: EncodedFrame[] = [];
  for await (const frame of frames) {
    got.push(frame);
    if (got.length === count) break;
  }
  return got;
}

it('encodes once for all who want the same, each beginning with a key frame', async () => {
  const { encoderWith } = await watched();
  const [first, second] = [encoderWith(small), encoderWith(small)];
  const made: EncoderBackendChange[] = [];
  first.on('backend', (change) => made.push(change));
  const early = first.frames();
  const all: EncodedFrame[] = [];
  const reading = (async () => {
    for await (const frame of early) all.push(frame);
  })();
  await until(() => all.length > 5);
  const late = await take(second.frames(), 5);
  for (const frames of [all, late]) {
    expect(frames[0]).toMatchObject({ keyFrame: true, width: 160, height: 120 });
    expect(frames[0]?.decoderConfiguration?.[0]).toBe(1);
  }
  const stats = first.stats();
  expect(stats.encodersMade).toBe(1);
  expect(stats.route).toEqual({ stream: 'main', passthrough: false });
  expect(second.stats().framesEncoded).toBeGreaterThanOrEqual(stats.framesEncoded);
  expect(made).toMatchObject([{ width: 160, height: 120 }]);
  const before = first.stats().keyFrames;
  await first.requestKeyFrame();
  await until(() => first.stats().keyFrames > before);
  await early.close();
  await reading;
});

it('passes a stream through that fits, and encodes it once it does not', async () => {
  const { encoderWith } = await watched();
  const encoder = encoderWith({ width: 640, height: 480, bitrate: 50_000_000 });
  const routes: EncodeRoute[] = [];
  encoder.on('route', (route) => routes.push(route));
  const frames = encoder.frames();
  const sizes = new Set<number>();
  const reading = (async () => {
    for await (const { width } of frames) sizes.add(width);
  })();
  await until(() => encoder.stats().framesPassed > 60);
  expect(routes).toEqual([{ stream: 'main', passthrough: true }]);
  await expect(encoder.requestKeyFrame()).rejects.toMatchObject({
    code: 'ERR_ONVIF_UNSUPPORTED',
  });
  encoder.setBitrate(20_000);
  await until(() => routes.length === 2);
  expect(routes[1]).toEqual({ stream: 'main', passthrough: false });
  await until(() => encoder.stats().framesEncoded > 5);
  expect(encoder.stats()).toMatchObject({ bitrate: 20_000, switches: 1 });
  expect([...sizes]).toEqual([320]);
  expect(thrownBy(() => frames.setQuality('THUMBNAIL')).code).toBe('ERR_UNSUPPORTED');
  await encoder.close();
  await reading;
});

it('needs the camera only while somebody reads', async () => {
  const { simulator, encoderWith } = await watched();
  const sessions = () => simulator.stats().find(({ path }) => path === '/cam1/main')?.sessions;
  const encoder = encoderWith({ ...small, lingerMs: 0 });
  expect(encoder.stats().route).toBeUndefined();
  await take(encoder.frames(), 3);
  await until(() => sessions() === 0);
  await take(encoder.frames(), 3);
  expect(encoder.stats().encodersMade).toBe(2);
});

it('encodes what a decoder gives', async () => {
  const { camera } = await watched();
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  onTestFinished(() => pool.close());
  const decoder = pool.decoder(camera);
  const encoder = new Encoder({ decoder, ...small });
  onTestFinished(() => encoder.close());
  const got = await take(encoder.frames(), 3);
  expect(got[0]).toMatchObject({ keyFrame: true, width: 160, height: 120 });
  expect(encoder.camera).toBeUndefined();
  expect(thrownBy(() => new Encoder({ decoder, camera })).message).toMatch(/Encoder: camera must/);
});

it('refuses wrong options by name, and anything once closed', async () => {
  const { camera, encoderWith } = await watched();
  const code = (options: unknown) => thrownBy(() => new Encoder(options as EncoderOptions));
  expect(code({ camera, width: 7, height: 64 }).message).toMatch(/Encoder: width must be/);
  expect(code({ camera, width: 640 }).message).toMatch(/Encoder: height must be/);
  expect(code({ camera, bitrate: 0 }).message).toMatch(/Encoder: bitrate must be/);
  expect(code({ camera, frameRate: 0 }).message).toMatch(/Encoder: frameRate must be/);
  expect(code({ camera, codec: 'vp8' }).message).toMatch(/Encoder: codec must be/);
  expect(code({}).message).toMatch(/Encoder: camera must be/);
  const encoder = encoderWith(small);
  expect(thrownBy(() => encoder.setBitrate(1)).code).toBe('ERR_INVALID_ARGUMENT');
  await encoder.close();
  await encoder.close();
  expect(thrownBy(() => encoder.frames()).code).toBe('ERR_CLOSED');
  expect(thrownBy(() => encoder.setBitrate(100_000)).code).toBe('ERR_CLOSED');
});

it('ends its frames when it is closed while they are read', async () => {
  const { encoderWith } = await watched();
  const encoder = encoderWith(small);
  for await (const _ of encoder.frames()) await encoder.close();
  expect((await take(encoderWith(small).frames(), 2)).length, 'the camera is left alone').toBe(2);
});

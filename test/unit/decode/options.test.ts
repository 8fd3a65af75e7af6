import { expect, it, onTestFinished } from 'vitest';
import { Camera, DecoderPool } from '../../../src/index.js';
import { rejectionOf, thrownBy } from '../thrown.js';

async function openPool() {
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  onTestFinished(() => pool.close());
  return pool;
}

it('names the option that is wrong and what it must be', async () => {
  const wrong: [object, RegExp][] = [
    [{ backend: 'cuda' }, /backend must be one of "auto", "nvdec", "libavcodec"/],
    [{ device: -1 }, /device must be a whole number/],
    [{ memory: { reserve: '100%' } }, /reserve must be bytes, or a share/],
    [{ memory: { reserve: '50' } }, /reserve must be bytes, or a share/],
    [{ memory: { budget: 0 } }, /budget must be/],
    [{ threads: 4 }, /there is no option 'threads'/],
  ];
  for (const [options, message] of wrong) {
    const error = await rejectionOf(() => DecoderPool.open(options));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  }
});

it('checks the options of a decoder', async () => {
  const pool = await openPool();
  const camera = new Camera({ id: 'door', url: 'rtsp://127.0.0.1:1/main' });
  onTestFinished(() => camera.close());
  const wrong: [object, RegExp][] = [
    [{ quality: 'HIGH' }, /quality must be one of/],
    [{ quality: 'FOCUSED', stream: 'main' }, /quality or stream, not both/],
    [{ maxFrameRate: -1 }, /maxFrameRate must be a number from 0/],
    [{ colour: { matrix: 'bt470' } }, /matrix must be one of/],
    [{ threads: 0 }, /threads must be/],
  ];
  for (const [options, message] of wrong) {
    const error = thrownBy(() => pool.decoder(camera, options));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  }
  expect(thrownBy(() => pool.decoder({} as Camera)).message).toMatch(/camera must be a Camera/);
  expect(pool.stats().decoders).toBe(0);
});

it('opens without a GPU, and says why there is none', async () => {
  const pool = await openPool();
  const stats = pool.stats();
  expect(stats.gpuAvailable).toBe(false);
  expect(stats.whyNoGpu).toMatch(/CPU/);
  expect(stats.maxThreads).toBeGreaterThan(0);
});

it('decodes footage only, and cameras only, as it was made', async () => {
  const pool = await openPool();
  const decoder = pool.createDecoder();
  expect(thrownBy(() => decoder.setQuality('FOCUSED')).code).toBe('ERR_STATE');
  const error = await rejectionOf(() => decoder.decode({} as never));
  expect(error.message).toMatch(/frame must be an encoded frame/);
});

it('refuses footage that does not begin with what a decoder needs', async () => {
  const pool = await openPool();
  const decoder = pool.createDecoder();
  const frame = {
    kind: 'video' as const,
    ...{ codec: 'avc1.640028', data: Buffer.alloc(10), timestamp: 0, arrival: 0 },
    ...{ keyFrame: false, afterGap: false, width: 64, height: 64 },
  };
  const error = await rejectionOf(() => decoder.decode(frame));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toMatch(/must be a key frame with its decoderConfiguration/);
  const broken = { ...frame, keyFrame: true, decoderConfiguration: Buffer.from([1, 2, 3]) };
  expect((await rejectionOf(() => decoder.decode(broken))).code).toBe('ERR_INVALID_ARGUMENT');
});

it('is closed once and for all', async () => {
  const pool = await openPool();
  const decoder = pool.createDecoder();
  const frames = decoder.frames();
  await pool.close();
  for await (const _ of frames) expect.fail('a frame behind the end');
  expect(thrownBy(() => pool.createDecoder()).code).toBe('ERR_CLOSED');
  expect(thrownBy(() => decoder.frames()).code).toBe('ERR_CLOSED');
  expect(thrownBy(() => pool.resetGpu()).code).toBe('ERR_CLOSED');
  await pool.close();
});

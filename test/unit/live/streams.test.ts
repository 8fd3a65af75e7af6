import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeClip } from '../clip.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';
import { makeNoiseClip } from './noise-clip.js';
import { scene, until } from './watching.js';

const directory = temporaryDirectory;

it('changes to the sub stream and back without a picture that does not decode', async () => {
  const subClip = makeClip(directory(), { seconds: 2, size: '160x120' });
  const { broadcaster, watch } = await scene({ sub: true, subClip });
  const one = watch();
  one.viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  await until(() => one.pictures.length > 10);
  one.viewer.subscribe('cam1', { quality: 'GRID_VIEW' });
  await until(() => one.streams.length === 2);
  expect(one.streams).toMatchObject([
    { wanted: 'FULLSCREEN', quality: 'FULLSCREEN', width: 320 },
    { wanted: 'GRID_VIEW', quality: 'GRID_VIEW', width: 160 },
  ]);
  const sub = one.streams[1]?.stream;
  const after = one.pictures.findIndex(({ stream }) => stream === sub);
  expect(one.pictures.slice(after).every(({ stream }) => stream === sub)).toBe(true);
  one.viewer.subscribe('cam1', { quality: 'FOCUSED' });
  await until(() => one.streams.length === 3);
  await until(() => broadcaster.stats().streams.every(({ viewers }) => viewers > 0));
  expect(broadcaster.stats().streams.map(({ group }) => group)).toEqual(['main']);
  expect(one.decode()).toBe(one.pictures.length);
  expect(one.viewer.stats()).toMatchObject({ framesDropped: 0, cameras: [{ quality: 'FOCUSED' }] });
});

it('sends key frames alone to who is paused or wants few pictures', async () => {
  const { watch } = await scene();
  const [paused, few] = [watch(), watch()];
  paused.viewer.subscribe('cam1', { quality: 'PAUSED' });
  few.viewer.subscribe('cam1', { quality: 'FULLSCREEN', fps: 1 });
  await until(() => paused.pictures.length >= 4);
  expect(paused.pictures.every(({ key }) => key)).toBe(true);
  await until(() => few.viewer.stats().cameras[0]?.stream === paused.streams[0]?.stream);
  const from = few.pictures.length;
  await until(() => few.pictures.length >= from + 2);
  expect(few.pictures.slice(from).every(({ key }) => key)).toBe(true);
});

it('gives a viewer without H.265 the H.264 stream of the camera', async () => {
  const clip = makeNoiseClip(directory(), { kilobits: 500, codec: 'libx265' });
  const subClip = makeClip(directory(), { seconds: 2, size: '160x120' });
  const { watch } = await scene({ files: true, clip, subClip, sub: true });
  const [old, modern] = [watch(), watch({ codecs: ['h264', 'h265'] })];
  old.viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  modern.viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  await until(() => old.pictures.length > 5 && modern.pictures.length > 5);
  expect(old.streams).toMatchObject([
    { quality: 'FULLSCREEN', width: 160, reason: 'unsupported_codec' },
  ]);
  expect(old.streams[0]?.codec).toMatch(/^avc1\./);
  expect(modern.streams[0]?.codec).toMatch(/^hvc1\./);
  expect(modern.streams[0]).not.toHaveProperty('reason');
  expect(modern.decode()).toBe(modern.pictures.length);
});

it('says what to do where a camera has no stream that the viewer can show', async () => {
  const clip = makeNoiseClip(directory(), { kilobits: 500, codec: 'libx265' });
  const { watch, broadcaster } = await scene({ files: true, clip });
  const old = watch();
  old.viewer.subscribe('cam1');
  await until(() => old.stops.length > 0);
  expect(old.stops).toMatchObject([{ cameraId: 'cam1', code: 'ERR_UNSUPPORTED_CODEC' }]);
  expect(old.stops[0]?.message).toContain('H.264 sub stream');
  expect(old.messages).toEqual([]);
  await until(() => broadcaster.stats().streams.length === 0);
});

it('encodes once for all where it may', async () => {
  const clip = makeNoiseClip(directory(), { kilobits: 500, codec: 'libx265' });
  const { broadcaster, watch } = await scene({
    files: true,
    clip,
    broadcaster: { transcode: 'auto' },
  });
  const both = [watch(), watch()];
  for (const { viewer } of both) viewer.subscribe('cam1', { quality: 'THUMBNAIL' });
  await until(() => both.every(({ pictures }) => pictures.length > 3));
  expect(both[0]?.streams).toMatchObject([{ reason: 'unsupported_codec', quality: 'THUMBNAIL' }]);
  expect(both[0]?.streams[0]?.codec).toMatch(/^avc1\./);
  const encoded = broadcaster.stats().streams.filter(({ passthrough }) => !passthrough);
  expect(encoded).toMatchObject([{ viewers: 2, group: 'encoded:THUMBNAIL:' }]);
  const one = both[1];
  expect(one?.decode()).toBe(one?.pictures.length);
});

it('encodes small pictures of a camera that has large ones alone, once for all who want them', async () => {
  const clip = makeClip(directory(), { seconds: 2, size: '1920x1080', bFrames: 2 });
  const { broadcaster, watch } = await scene({ clip, broadcaster: { transcode: 'auto' } });
  const [large, ...small] = [watch(), watch(), watch(), watch()];
  large?.viewer.subscribe('cam1', { quality: 'FULLSCREEN' });
  for (const { viewer } of small) viewer.subscribe('cam1', { quality: 'THUMBNAIL' });
  await until(() => small.every(({ pictures }) => pictures.length > 5));
  const streams = broadcaster.stats().streams.filter(({ viewers }) => viewers > 0);
  expect(streams.map(({ group, viewers }) => [group, viewers]).sort()).toEqual([
    ['encoded:THUMBNAIL:', 3],
    ['main', 1],
  ]);
  expect(large?.inits.at(-1)).toMatchObject({ width: 1920, height: 1080 });
  // The very same bytes, wherever in the stream each of them came in.
  const [one, ...others] = small.map(({ messages }) =>
    messages.filter((message) => message.readUInt32BE(4) === encodedStream()),
  );
  for (const messages of others) {
    const both = messages.filter((message) => one?.includes(message));
    expect(both.length).toBeGreaterThan(3);
  }
  const last = small[0]?.inits.at(-1);
  expect([last?.width, last?.height]).toEqual([426, 240]);
  expect(small[0]?.decode()).toBe(small[0]?.pictures.length);

  function encodedStream(): number | undefined {
    return broadcaster.stats().streams.find(({ passthrough }) => !passthrough)?.stream;
  }
});

it('sends B frames in decoding order, each with its place on the screen', async () => {
  const { watch } = await scene({ clip: makeClip(directory(), { seconds: 2, bFrames: 3 }) });
  const one = watch();
  one.viewer.subscribe('cam1');
  await until(() => one.pictures.length > 60);
  const { pictures } = one;
  const decoded = pictures.map(({ decodeTime }) => decodeTime);
  expect(decoded).toEqual([...decoded].sort((a, b) => a - b));
  const shown = pictures.map((picture) => picture.decodeTime + picture.compositionOffset);
  expect(shown).not.toEqual([...shown].sort((a, b) => a - b));
  // None at the place of another.
  expect(new Set(shown.map((time) => Math.round(time / 1000))).size).toBe(pictures.length);
  expect(one.decode()).toBe(pictures.length);
});

it('sends JPEG cameras to everybody, each picture as the JPEG that it is', async () => {
  const clip = join(directory(), 'jpeg.mkv');
  const source = ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=10'];
  execFileSync('ffmpeg', [...source, '-t', '1', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', clip]);
  const { watch } = await scene({ files: true, clip, simulated: makeClip(directory()) });
  const one = watch();
  one.viewer.subscribe('cam1');
  await until(() => one.pictures.length > 3);
  expect(one.streams).toMatchObject([{ codec: 'mjpeg', width: 160, height: 120 }]);
  expect(one.inits).toMatchObject([{ codec: 'mjpeg', width: 160 }]);
  expect(one.inits[0]?.configuration).toHaveLength(0);
  expect(one.inits[0]?.segment).toHaveLength(0);
  expect(one.pictures[0]).toMatchObject({ key: true, payloadOffset: 32 });
  expect(one.messages[1]?.subarray(32, 34).toString('hex')).toBe('ffd8');
});

it('tells of other parameters before the pictures that have them', async () => {
  const { cameras, broadcaster, watch } = await scene();
  const one = watch();
  one.viewer.subscribe('cam1');
  await until(() => one.pictures.length > 5);
  const other = await scene({ clip: makeClip(directory(), { seconds: 2, size: '160x120' }) });
  await broadcaster.removeCamera('cam1');
  expect(one.stops).toMatchObject([{ code: 'ERR_CAMERA_NOT_FOUND' }]);
  const sent = one.messages.length;
  await other.broadcaster.close();
  broadcaster.addCamera(other.cameras[0] as (typeof cameras)[0]);
  await until(() => one.messages.length > sent + 5);
  expect(one.streams).toMatchObject([{ width: 320 }, { width: 160 }]);
  expect(one.inits.map(({ width }) => width)).toEqual([320, 160]);
  expect(one.decode()).toBe(one.pictures.length);
});

it('says that a camera fails, and goes on by itself', async () => {
  const { simulator, watch } = await scene();
  const one = watch();
  one.viewer.subscribe('cam1');
  await until(() => one.pictures.length > 5);
  simulator.disconnectAll();
  await until(() => one.stops.length > 0);
  expect(one.stops).toMatchObject([{ cameraId: 'cam1', code: 'ERR_RTSP_CLOSED' }]);
  const sent = one.pictures.length;
  await until(() => one.pictures.length > sent + 5);
  expect(one.streams).toHaveLength(2);
  expect(one.streams[1]).toEqual(one.streams[0]);
  expect(one.pictures[sent]?.key).toBe(true);
  const times = one.pictures.map(({ decodeTime }) => decodeTime);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(one.decode()).toBe(one.pictures.length);
});

it('refuses what it cannot do, by code', async () => {
  const { broadcaster, cameras, watch } = await scene({ cameras: 2 });
  const { viewer } = watch({ quota: { maxCamerasTotal: 1 } });
  expect(thrownBy(() => viewer.subscribe('nowhere'))).toMatchObject({
    code: 'ERR_CAMERA_NOT_FOUND',
  });
  expect(thrownBy(() => viewer.subscribe('__proto__'))).toMatchObject({
    code: 'ERR_CAMERA_NOT_FOUND',
  });
  viewer.subscribe('cam1');
  viewer.subscribe('cam1', { quality: 'PAUSED' });
  expect(thrownBy(() => viewer.subscribe('cam2'))).toMatchObject({ code: 'ERR_LIMIT' });
  viewer.unsubscribe('cam1');
  viewer.subscribe('cam2');
  expect(thrownBy(() => broadcaster.addCamera(cameras[0] as (typeof cameras)[0]))).toMatchObject({
    code: 'ERR_CAMERA_EXISTS',
  });
  viewer.close();
  expect(thrownBy(() => viewer.subscribe('cam1'))).toMatchObject({ code: 'ERR_CLOSED' });
  await broadcaster.close();
  expect(thrownBy(() => watch())).toMatchObject({ code: 'ERR_CLOSED' });
});

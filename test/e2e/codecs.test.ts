// Real cameras of GStreamer, which is none of ours: each codec and each way to carry it is recorded,
// verified, exported, and judged by ffmpeg.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Camera,
  exportRecording,
  Recorder,
  type SegmentRecord,
  verifyRecordings,
} from '../../src/index.js';
import { type PrivateAuthority, privateAuthority } from '../support/private-authority.js';
import { countFrames, decode } from './support/clips.js';
import { folderOfThisFile, until } from './support/folder.js';
import { startGstCamera } from './support/gst-camera.js';
import { startLossyRelay } from './support/lossy-relay.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';
const TONE_HERTZ = 440;
const FRAMES = 75;
let authority: PrivateAuthority;

type Video = 'h264' | 'h265' | 'mjpeg';
type Audio = 'none' | 'aac' | 'pcmu' | 'pcma' | 'opus' | 'l16' | 'g726';
type Way = 'tcp' | 'udp' | 'rtsps' | 'rtsp+http';

const startCamera = (video: Video, audio: Audio, ...more: string[]) =>
  startGstCamera('--codec', video, '--audio', audio, ...more);

beforeAll(() => {
  authority = privateAuthority(folder);
});

interface StreamFacts {
  codec: string;
  width?: number;
  height?: number;
  /** Seconds. */
  start: number;
}

function streamsOf(path: string): Record<'video' | 'audio', StreamFacts | undefined> {
  const { streams } = JSON.parse(
    execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', path]).toString(),
  ) as { streams: Record<string, string | number>[] };
  const find = (type: string): StreamFacts | undefined => {
    const found = streams.find((stream) => stream.codec_type === type);
    return found
      ? {
          codec: String(found.codec_name),
          width: Number(found.width),
          height: Number(found.height),
          start: Number(found.start_time),
        }
      : undefined;
  };
  return { video: find('video'), audio: find('audio') };
}

/** The loudest frequency of a file's sound, in hertz, of those around the tone and its neighbours. */
function loudestHertz(path: string): number {
  const rate = 8000;
  const { stdout } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', `${rate}`, '-f', 's16le', '-'],
    { maxBuffer: 64 << 20 },
  );
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.length >> 1);
  // Goertzel, over the middle second.
  const from = Math.max(0, (samples.length - rate) >> 1);
  const part = samples.subarray(from, from + rate);
  expect(part.length, 'a second of sound').toBe(rate);
  expect(Math.sqrt(part.reduce((sum, s) => sum + s * s, 0) / rate), 'loudness').toBeGreaterThan(
    500,
  );
  let best = { hertz: 0, power: 0 };
  for (let hertz = 100; hertz <= 3000; hertz += 5) {
    const turn = 2 * Math.cos((2 * Math.PI * hertz) / rate);
    let [s1, s2] = [0, 0];
    for (const sample of part) [s1, s2] = [sample + turn * s1 - s2, s1];
    const power = s1 * s1 + s2 * s2 - turn * s1 * s2;
    if (power > best.power) best = { hertz, power };
  }
  return best.hertz;
}

/** Each video, sound and way meets each of the others' that matters to it, not every product. */
const COMBINATIONS: { video: Video; audio: Audio; way: Way }[] = [
  { video: 'h264', audio: 'aac', way: 'tcp' },
  { video: 'h264', audio: 'pcma', way: 'rtsps' },
  { video: 'h264', audio: 'opus', way: 'udp' },
  { video: 'h265', audio: 'g726', way: 'tcp' },
  { video: 'h265', audio: 'aac', way: 'rtsp+http' },
  { video: 'h265', audio: 'pcmu', way: 'udp' },
  { video: 'mjpeg', audio: 'l16', way: 'tcp' },
  { video: 'mjpeg', audio: 'aac', way: 'udp' },
  { video: 'mjpeg', audio: 'pcma', way: 'rtsp+http' },
  { video: 'h265', audio: 'opus', way: 'rtsps' },
];
const FFMPEG_NAMES: Record<string, string> = {
  pcmu: 'pcm_mulaw',
  pcma: 'pcm_alaw',
  l16: 'pcm_s16be',
  g726: 'adpcm_g726',
  h265: 'hevc',
};
/**
 * How far the first sound may be from the first picture: a packet of sound (256 ms of G.726 with
 * GStreamer's encoder) and what cameras on a busy machine come late themselves; lip-sync.test.ts measures
 * what is put where.
 */
const SECONDS_APART = 0.5;
const inMp4 = (audio: Audio) => (['aac', 'opus'].includes(audio) ? audio : 'aac');

// At once: each waits for a camera in real time most of the while.
describe.concurrent('A camera of GStreamer', () => {
  for (const { video, audio, way } of COMBINATIONS) {
    it(`with ${video} and ${audio} over ${way} is recorded and exported whole`, async () => {
      const secure = way === 'rtsps';
      const server = await startCamera(video, audio, ...(secure ? ['--tls', authority.pem] : []));
      const storage = join(folder, `${video}-${audio}-${way}`);
      const recorder = await Recorder.open({
        storage,
        passphrase,
        segmentDuration: 60,
        cameras: [
          {
            id: 'gate',
            url: way === 'rtsp+http' ? server.url.replace('rtsp:', 'rtsp+http:') : server.url,
            transport: way === 'udp' ? 'udp' : 'tcp',
            ...(secure
              ? {
                  tls:
                    video === 'h264'
                      ? { fingerprint: authority.fingerprint }
                      : { ca: authority.ca },
                }
              : {}),
          },
        ],
      });
      const segments: SegmentRecord[] = [];
      recorder.on('segment', (segment) => segments.push(segment));
      const gate = () => recorder.stats().cameras.gate;
      await until(() => (gate()?.writer.framesWritten ?? 0) >= FRAMES);
      await recorder.close();
      await server.close();

      expect(segments.length).toBeGreaterThanOrEqual(1);
      expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true });
      for (const extension of ['mkv', 'mp4']) {
        const out = join(folder, `${video}-${audio}-${way}.${extension}`);
        const first = segments[0] as SegmentRecord;
        const last = segments.at(-1) as SegmentRecord;
        const result = await exportRecording({
          storage,
          passphrase,
          cameraId: 'gate',
          from: first.startTime - 1000,
          to: last.endTime + 1000,
          out,
        });
        expect(result.frames).toBe(segments.reduce((sum, { frames }) => sum + frames, 0));
        expect(result.leftOut).toEqual([]);
        expect(countFrames(out)).toBe(result.frames);
        expect(decode(out).errors).toBe('');
        const streams = streamsOf(out);
        expect(streams.video).toMatchObject({
          codec: FFMPEG_NAMES[video] ?? video,
          width: 320,
          height: 240,
        });
        const name = extension === 'mp4' ? inMp4(audio) : audio;
        expect(streams.audio?.codec).toBe(FFMPEG_NAMES[name] ?? name);
        const apart = (streams.audio?.start ?? Number.NaN) - (streams.video?.start ?? 0);
        expect(Math.abs(apart), 'seconds from video to audio').toBeLessThanOrEqual(SECONDS_APART);
        expect(Math.abs(loudestHertz(out) - TONE_HERTZ)).toBeLessThanOrEqual(10);
      }
    });
  }
});

describe('A camera whose certificate is', () => {
  it.each([
    ['another than the pinned one', { fingerprint: 'ab'.repeat(32) }],
    ['signed by an authority that nobody named', {}],
  ])('%s is refused with ERR_TLS_CERTIFICATE', async (_, tls) => {
    const server = await startCamera('h264', 'none', '--tls', authority.pem);
    const camera = new Camera({
      id: 'gate',
      url: server.url,
      tls,
      reconnect: { minMs: 50, maxMs: 100 },
    });
    const codes: (string | undefined)[] = [];
    camera.on('state', ({ state, error }) => {
      if (state === 'waiting') codes.push(error?.code);
    });
    camera.start();
    await until(() => codes.length >= 2);
    await camera.close();
    await server.close();
    expect(new Set(codes)).toEqual(new Set(['ERR_TLS_CERTIFICATE']));
  });
});

describe('Loss on the way', () => {
  it('of 3 % over UDP is counted and marked, and the recording goes on', async () => {
    const server = await startCamera('h264', 'none', '--gop', '10');
    const relay = await startLossyRelay(server.port);
    const storage = join(folder, 'lossy');
    const recorder = await Recorder.open({
      storage,
      passphrase,
      segmentDuration: 60,
      cameras: [{ id: 'gate', url: relay.url, transport: 'udp' }],
    });
    const gate = () => recorder.stats().cameras.gate;
    const lost = () => gate()?.camera.packetsLost ?? 0;
    await until(() => lost() >= 5);
    const then = gate()?.writer.framesWritten ?? 0;
    await until(() => (gate()?.writer.framesWritten ?? 0) > then + 50);
    const end = gate();
    await recorder.close();
    await server.close();
    relay.close();
    expect(end?.camera.packetsLost).toBeLessThanOrEqual(relay.dropped());
    expect(end?.camera.accessUnitsDropped).toBeGreaterThan(0);
    expect(end?.camera.failures).toBe(0);
    expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true });
  });
});

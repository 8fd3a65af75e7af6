// Cameras that do not speak RTSP, served by ffmpeg itself: played, recorded, judged by ffmpeg, and
// taken up again where the server ends and comes back.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  Camera,
  type CameraOptions,
  exportRecording,
  Recorder,
  type SegmentRecord,
  verifyRecordings,
} from '../../src/index.js';
import { type PrivateAuthority, privateAuthority } from '../support/private-authority.js';
import { countFrames, decode, makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile, until } from './support/folder.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';
/** Of the servers: a hook of a test's own would not know whose it is where several run at once. */
const endings: (() => void)[] = [];
let clip: string;
let authority: PrivateAuthority;

beforeAll(() => {
  clip = makeClip(folder, 'clip.mp4', { ...SMALL, seconds: 2 });
  authority = privateAuthority(folder);
});

afterAll(() => {
  for (const end of endings) end();
});

/** A port that was free a moment ago: ffmpeg cannot say which one the system gave it. */
async function freePort(kind: 'tcp' | 'udp'): Promise<number> {
  const socket = kind === 'udp' ? createSocket('udp4') : createServer();
  if ('bind' in socket) socket.bind(0, '127.0.0.1');
  else socket.listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/**
 * ffmpeg, serving two seconds in real time, and again whenever it ended and `mayBegin` says so. A
 * listener that nobody joined ends too.
 */
function serve(output: string[], mayBegin: () => Promise<void> = async () => {}): void {
  let over = false;
  let child: ChildProcess | undefined;
  const start = () => {
    if (over) return;
    const clipInTime = ['-re', '-stream_loop', '-1', '-i', clip, '-t', '2', '-c', 'copy'];
    child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...clipInTime, ...output], {
      stdio: 'ignore',
    });
    child.once('exit', () => void mayBegin().then(start));
  };
  start();
  endings.push(() => {
    over = true;
    child?.kill('SIGKILL');
  });
}

/** A server that speaks TLS, with another behind it that does not. */
async function inTls(port: number): Promise<number> {
  return listening(createTlsServer(authority, (client) => relay(client, port)));
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Passes what comes on to a port, and back. */
function relay(client: Socket, port: number): void {
  const server = connect(port, '127.0.0.1');
  for (const socket of [client, server]) socket.on('error', () => {});
  client.pipe(server).pipe(client);
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
}

const quick = { reconnect: { minMs: 50, maxMs: 200 } };

const FRAMES = 60;

/** Records until more frames were written than one connection has, and the stream was connected twice; then everything must be whole. */
async function recordTwice(
  name: string,
  camera: Omit<CameraOptions, 'id'>,
  onWaiting: () => void = () => {},
) {
  const storage = join(folder, name);
  const recorder = await Recorder.open({
    ...{ storage, passphrase, segmentDuration: 60 },
    cameras: [{ id: 'gate', ...quick, ...camera }],
  });
  const segments: SegmentRecord[] = [];
  recorder.on('segment', (segment) => segments.push(segment));
  recorder.on('camera', ({ state }) => {
    if (state === 'waiting') onWaiting();
  });
  const gate = () => recorder.stats().cameras.gate;
  await until(
    () => (gate()?.writer.framesWritten ?? 0) >= FRAMES && (gate()?.camera.connects ?? 0) >= 2,
  );
  await recorder.close();
  expect(segments.length).toBeGreaterThanOrEqual(1);
  expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true });
  const out = join(folder, `${name}.mkv`);
  const result = await exportRecording({
    ...{ storage, passphrase, cameraId: 'gate', out },
    from: Math.min(...segments.map(({ startTime }) => startTime)) - 1000,
    to: Math.max(...segments.map(({ endTime }) => endTime)) + 1000,
  });
  expect(result.frames).toBeGreaterThanOrEqual(FRAMES);
  expect(countFrames(out)).toBe(result.frames);
  expect(decode(out).errors).toBe('');
}

// At once: each waits for its stream in real time most of the while.
describe.concurrent('A stream of ffmpeg', () => {
  it('over SRT is recorded whole, and again after it ended', async () => {
    const port = await freePort('udp');
    const url = `srt://127.0.0.1:${port}`;
    serve(['-f', 'mpegts', `${url}?mode=listener`]);
    await recordTwice('srt', { url });
  });

  it('over UDP is recorded whole, and again after it fell silent', async () => {
    const port = await freePort('udp');
    const url = `udp://127.0.0.1:${port}`;
    let missed = () => {};
    // Where nothing is missed, it is the same connection that goes on.
    serve(
      ['-f', 'mpegts', `${url}?pkt_size=1316`],
      () =>
        new Promise((resolve) => {
          missed = resolve;
        }),
    );
    await recordTwice('udp', { url, stallTimeoutMs: 1000 }, () => missed());
  });

  it('over RTMPS of a private authority is recorded whole, and again after it ended', async () => {
    const port = await freePort('tcp');
    serve(['-f', 'flv', '-listen', '1', `rtmp://127.0.0.1:${port}/live/gate`]);
    const url = `rtmps://127.0.0.1:${await inTls(port)}/live/gate`;
    await recordTwice('rtmps', { url, tls: { ca: authority.ca } });
  });

  it('over HTTPS of a private authority is recorded whole, and again after it ended', async () => {
    const port = await freePort('tcp');
    serve(['-f', 'mpegts', '-listen', '1', `http://127.0.0.1:${port}/live.ts`]);
    const url = `https://127.0.0.1:${await inTls(port)}/live.ts`;
    await recordTwice('https', { url, tls: { ca: authority.ca } });
  });
});

it.each([
  ['of an authority that nobody named', () => ({})],
  ['for another name', () => ({ ca: authority.ca, servername: 'other.example' })],
])('refuses HTTPS with a certificate %s', async (_, tls) => {
  let heard = 0;
  const server = createHttpsServer(authority, () => heard++);
  const url = `https://127.0.0.1:${await listening(server)}/live.ts`;
  const camera = new Camera({ id: 'gate', url, ...quick, tls: tls() });
  onTestFinished(() => camera.close());
  camera.start();
  await camera.waitUntil('waiting');
  expect(camera.lastError?.code).toBe('ERR_TLS');
  expect(camera.lastError?.message).toContain('tls.ca');
  expect(heard).toBe(0);
});

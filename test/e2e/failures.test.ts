// Cameras that refuse, lie, vanish or talk nonsense: a typed error and another attempt, never a hang,
// a crash or a leaked session.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Camera,
  type CameraOptions,
  Recorder,
  RtspSimulator,
  verifyRecordings,
} from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { always, startFakeCamera } from './support/fake-camera.js';
import { folderOfThisFile, until } from './support/folder.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';
const impatient = {
  connectTimeoutMs: 500,
  stallTimeoutMs: 700,
  reconnect: { minMs: 50, maxMs: 100 },
};
let clip: string;

beforeAll(() => {
  clip = makeClip(folder, 'clip.mp4', SMALL);
});

/** The codes of a camera's first `count` failures; it must have gone on trying after each. */
async function failuresOf(options: Omit<CameraOptions, 'id'>, count = 2): Promise<string[]> {
  const camera = new Camera({ id: 'gate', ...impatient, ...options });
  const codes: string[] = [];
  camera.on('state', ({ state, error, retryInMs }) => {
    if (state !== 'waiting') return;
    expect(error?.message).toBeTruthy();
    expect(error?.message).not.toContain('hunter2');
    expect(retryInMs).toBeGreaterThan(0);
    codes.push(error?.code ?? 'none');
  });
  camera.start();
  await until(() => codes.length >= count);
  await camera.close();
  expect(camera.state).toBe('closed');
  return codes.slice(0, count);
}

describe('A camera that refuses', () => {
  it('for a wrong password gives ERR_RTSP_UNAUTHORIZED', async () => {
    const simulator = await RtspSimulator.start({ clip, username: 'admin', password: 'right' });
    const url = `rtsp://admin:hunter2@127.0.0.1:${simulator.port}/cam1/main`;
    expect(await failuresOf({ url })).toEqual(['ERR_RTSP_UNAUTHORIZED', 'ERR_RTSP_UNAUTHORIZED']);
    await simulator.close();
  });

  it('plays with the right password', async () => {
    const simulator = await RtspSimulator.start({ clip, username: 'admin', password: 'ri:gh@t' });
    const camera = new Camera({
      id: 'gate',
      url: simulator.urls[0] as string,
      username: 'admin',
      password: 'ri:gh@t',
    });
    camera.start();
    await camera.waitUntil('playing', { timeoutMs: 10_000 });
    await until(() => camera.stats().accessUnits > 5);
    await camera.close();
    await simulator.close();
  });

  it('for a path that is not there gives ERR_RTSP_NOT_FOUND', async () => {
    const simulator = await RtspSimulator.start({ clip });
    const url = `rtsp://127.0.0.1:${simulator.port}/cam9/main`;
    expect(await failuresOf({ url })).toEqual(['ERR_RTSP_NOT_FOUND', 'ERR_RTSP_NOT_FOUND']);
    await simulator.close();
  });

  for (const [status, code] of [
    ['401 Unauthorized', 'ERR_RTSP_UNAUTHORIZED'],
    ['404 Not Found', 'ERR_RTSP_NOT_FOUND'],
    ['454 Session Not Found', 'ERR_RTSP_SESSION_NOT_FOUND'],
    ['503 Service Unavailable', 'ERR_RTSP_STATUS'],
  ] as const) {
    it(`with ${status} gives ${code}`, async () => {
      const camera = await startFakeCamera(always(status));
      const url = `rtsp://127.0.0.1:${camera.port}/`;
      expect(await failuresOf({ url })).toEqual([code, code]);
      await until(() => camera.connections() === 0);
      await camera.close();
    });
  }
});

describe('A camera that is not there', () => {
  it('behind a closed port gives ERR_CONNECTION', async () => {
    const gone = await startFakeCamera(() => {});
    const { port } = gone;
    await gone.close();
    const url = `rtsp://127.0.0.1:${port}/`;
    expect(await failuresOf({ url })).toEqual(['ERR_CONNECTION', 'ERR_CONNECTION']);
  });

  it('by name gives ERR_HOST_NOT_FOUND', async () => {
    const url = 'rtsp://no-such-camera.invalid/';
    expect(await failuresOf({ url }, 1)).toEqual(['ERR_HOST_NOT_FOUND']);
  });

  it('and accepts but never answers gives ERR_RTSP_TIMEOUT', async () => {
    const silent = await startFakeCamera(() => {});
    const url = `rtsp://127.0.0.1:${silent.port}/`;
    expect(await failuresOf({ url })).toEqual(['ERR_RTSP_TIMEOUT', 'ERR_RTSP_TIMEOUT']);
    await silent.close();
  });
});

describe('A camera that talks nonsense', () => {
  it('gives ERR_RTSP_PROTOCOL for garbage', async () => {
    const garbage = await startFakeCamera((socket) => socket.write(randomBytes(200_000)));
    const codes = await failuresOf({ url: `rtsp://127.0.0.1:${garbage.port}/` });
    for (const code of codes) expect(['ERR_RTSP_PROTOCOL', 'ERR_RTSP_TIMEOUT']).toContain(code);
    await garbage.close();
  });

  it('gives a typed error for an SDP without video', async () => {
    const sdp = 'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n';
    const mute = await startFakeCamera((socket, request, cseq) => {
      const body = request.startsWith('DESCRIBE') ? sdp : '';
      const type = body ? 'Content-Type: application/sdp\r\n' : '';
      socket.write(
        `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const url = `rtsp://127.0.0.1:${mute.port}/`;
    expect(await failuresOf({ url })).toEqual(['ERR_RTSP_NO_VIDEO', 'ERR_RTSP_NO_VIDEO']);
    await mute.close();
  });
});

describe('A camera that vanishes in mid-stream', () => {
  let simulator: RtspSimulator;
  beforeAll(async () => {
    simulator = await RtspSimulator.start({ clip });
  });
  afterAll(() => simulator.close());

  it('is recorded again once it is back, in a new file, and its session is not leaked', async () => {
    const storage = join(folder, 'vanish');
    const recorder = await Recorder.open({
      storage,
      passphrase,
      segmentDuration: 60,
      cameras: [{ id: 'gate', url: simulator.urls[0] as string, ...impatient }],
    });
    const frames = () => recorder.stats().cameras.gate?.writer.framesWritten ?? 0;
    await until(() => frames() > 20);
    simulator.disconnectAll();
    await until(() => (recorder.stats().cameras.gate?.camera.connects ?? 0) === 2);
    const before = frames();
    await until(() => frames() > before + 20);
    await recorder.close();
    const report = await verifyRecordings({ storage, passphrase });
    expect(report).toMatchObject({ ok: true, checked: 2 });
    expect(simulator.stats()[0]?.sessions).toBe(0);
  });
});

describe('Bad arguments', () => {
  it('to Recorder.open are refused at once, naming the option', async () => {
    const storage = join(folder, 'bad');
    for (const [options, named] of [
      [{ passphrase }, 'storage'],
      [{ storage, passphrase, segmentDuration: 1 }, 'segmentDuration'],
      [{ storage, passphrase, formatVersion: 3 }, 'formatVersion'],
      [{ storage, passphrase, cameras: [{ id: '../x', url: 'rtsp://h/' }] }, 'id'],
      [{ storage, passphrase, cameras: [{ id: 'x', url: 'ftp://h/' }] }, 'url'],
    ] as const) {
      const error = await Recorder.open(options as never).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error?.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error?.message).toContain(named);
    }
  });
});

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Camera, type CameraOptions, type CameraStateChange } from '../../../src/index.js';
import { simulate, until } from '../recording/recorded.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const quick = { reconnect: { minMs: 10, maxMs: 20 }, connectTimeoutMs: 500 };

function makeCamera(options: Partial<CameraOptions> = {}): Camera {
  const camera = new Camera({ id: 'door', url: 'rtsp://127.0.0.1:1/', ...quick, ...options });
  onTestFinished(() => camera.close());
  return camera;
}

/** A server that answers a connection with `answer`, whatever was asked. */
async function answering(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/stream`;
}

/** What the first failure of a started camera is. */
async function firstFailure(camera: Camera): Promise<CameraStateChange> {
  camera.start();
  await camera.waitUntil('waiting', { timeoutMs: 20_000 });
  return {
    stream: 'main',
    state: 'waiting',
    at: 0,
    ...(camera.lastError && { error: camera.lastError }),
  };
}

describe('Camera', () => {
  it('connects, plays, tells its parameters, and closes', async () => {
    const simulator = await simulate();
    const camera = makeCamera({ url: simulator.urls[0] as string });
    const states: string[] = [];
    camera.on('state', ({ state }) => states.push(state));
    expect(camera.state).toBe('idle');
    expect(camera.parameters).toBeUndefined();
    camera.start();
    camera.start();
    await camera.waitUntil('playing');
    await until(() => camera.stats().accessUnits >= 10);
    expect(camera.parameters).toMatchObject({
      width: 320,
      height: 240,
      codec: expect.stringMatching(/^avc1\.[\dA-Fa-f]{6}$/),
    });
    expect(camera.stats()).toMatchObject({ packetsLost: 0, packetsMalformed: 0, connects: 1 });
    await camera.close();
    expect(camera.state).toBe('closed');
    expect(states).toEqual(['connecting', 'playing', 'closed']);
    await until(() => simulator.stats().every(({ sessions }) => sessions === 0));
  });

  it('plays again after the connection was lost', async () => {
    const simulator = await simulate();
    const camera = makeCamera({ url: simulator.urls[0] as string });
    const states: string[] = [];
    camera.on('state', ({ state }) => states.push(state));
    camera.start();
    await camera.waitUntil('playing');
    simulator.disconnectAll();
    // What happens is told a moment after it is counted.
    await until(() => states.includes('waiting') && states.at(-1) === 'playing');
    expect(camera.stats().connects).toBe(2);
    expect(camera.lastError?.code).toMatch(/^ERR_(RTSP_CLOSED|CONNECTION)$/);
  });

  it('reports a closed port and tries again', async () => {
    const camera = makeCamera();
    const { error } = await firstFailure(camera);
    expect(error?.code).toBe('ERR_CONNECTION');
    await until(() => camera.stats().failures >= 3);
  });

  it('reports a host that does not exist', async () => {
    const { error } = await firstFailure(makeCamera({ url: 'rtsp://no-such-host.invalid/' }));
    expect(error?.code).toBe('ERR_HOST_NOT_FOUND');
  });

  it('reports a wrong password without showing it', async () => {
    const { RtspSimulator } = await import('../../../src/index.js');
    const { makeClip } = await import('../clip.js');
    const { temporaryDirectory } = await import('../temporary-directory.js');
    const simulator = await RtspSimulator.start({
      clip: makeClip(temporaryDirectory()),
      username: 'viewer',
      password: 'right',
    });
    onTestFinished(() => simulator.close());
    const url = simulator.urls[0] as string;
    const wrong = makeCamera({ url, username: 'viewer', password: 'sesame' });
    const { error } = await firstFailure(wrong);
    expect(error?.code).toBe('ERR_RTSP_UNAUTHORIZED');
    expect(error?.message).not.toContain('sesame');
    const right = makeCamera({ url, username: 'viewer', password: 'right' });
    right.start();
    await right.waitUntil('playing');
  });

  it('reports a path that is not there', async () => {
    const simulator = await simulate();
    const url = (simulator.urls[0] as string).replace('cam1', 'cam9');
    const { error } = await firstFailure(makeCamera({ url }));
    expect(error?.code).toBe('ERR_RTSP_NOT_FOUND');
  });

  it.each([
    ['garbage', (socket: Socket) => socket.end('\x00\xff garbage\r\n\r\n'.repeat(100))],
    ['nothing', () => {}],
    ['an immediate end', (socket: Socket) => socket.end()],
    ['an endless line', (socket: Socket) => socket.write('x'.repeat(1 << 20))],
  ])('survives a server that answers with %s', async (_what, answer) => {
    const camera = makeCamera({ url: await answering(answer) });
    const { error } = await firstFailure(camera);
    expect(error?.code).toMatch(/^ERR_(RTSP_\w+|CONNECTION)$/);
    await camera.close();
  });

  it('does not hold its closing up for a server that says nothing', async () => {
    const camera = makeCamera({ url: await answering(() => {}), connectTimeoutMs: 600_000 });
    camera.start();
    await camera.waitUntil('connecting');
    await camera.close();
    expect(camera.state).toBe('closed');
  });

  it('may be closed twice, also before it was started', async () => {
    const camera = makeCamera();
    const states: string[] = [];
    camera.on('state', ({ state }) => states.push(state));
    await Promise.all([camera.close(), camera.close()]);
    expect(states).toEqual(['closed']);
    expect(thrownBy(() => camera.start()).code).toBe('ERR_CLOSED');
  });
});

describe('Camera.waitUntil', () => {
  it('is over at once where the state is there', async () => {
    const camera = makeCamera();
    await camera.close();
    await camera.waitUntil('closed');
  });

  it('gives up after a time, with the reason as cause', async () => {
    const camera = makeCamera();
    await firstFailure(camera);
    const error = await rejectionOf(() => camera.waitUntil('playing', { timeoutMs: 50 }));
    expect(error.code).toBe('ERR_TIMEOUT');
    expect(error.cause).toMatchObject({ code: 'ERR_CONNECTION' });
    expect(camera.listenerCount('state')).toBe(0);
  });

  it('gives up where its signal fires', async () => {
    const camera = makeCamera();
    const controller = new AbortController();
    const waiting = rejectionOf(() => camera.waitUntil('playing', { signal: controller.signal }));
    controller.abort();
    expect((await waiting).code).toBe('ERR_ABORTED');
    expect(camera.listenerCount('state')).toBe(0);
  });

  it('gives up where the camera is closed', async () => {
    const camera = makeCamera();
    const waiting = rejectionOf(() => camera.waitUntil('playing'));
    await camera.close();
    expect((await waiting).code).toBe('ERR_CLOSED');
    expect((await rejectionOf(() => camera.waitUntil('playing'))).code).toBe('ERR_CLOSED');
  });

  it.each([
    ['dreaming', {}, 'state'],
    ['playing', { timeoutMs: 0 }, 'timeoutMs'],
    ['playing', { signal: {} }, 'signal'],
    ['playing', { timeout: 5 }, 'timeout'],
  ])('names what is wrong in (%j, %j)', async (state, options, name) => {
    const camera = makeCamera();
    const error = await rejectionOf(() => camera.waitUntil(state as never, options as never));
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });
});

it.each([
  [undefined, 'options'],
  [{ url: 'rtsp://h/' }, 'id'],
  [{ id: '../x', url: 'rtsp://h/' }, 'id'],
  [{ id: 'a' }, 'url'],
  [{ id: 'a', url: 'ftp://h/' }, 'url'],
  [{ id: 'a', url: 'rtsp://h/', username: 5 }, 'username'],
  [{ id: 'a', url: 'rtsp://h/', password: 5 }, 'password'],
  [{ id: 'a', url: 'rtsp://h/', connectTimeoutMs: 0 }, 'connectTimeoutMs'],
  [{ id: 'a', url: 'rtsp://h/', stallTimeoutMs: '1' }, 'stallTimeoutMs'],
  [{ id: 'a', url: 'rtsp://h/', reconnect: 5 }, 'reconnect'],
  [{ id: 'a', url: 'rtsp://h/', reconnect: { minMs: 1 } }, 'minMs'],
  [{ id: 'a', url: 'rtsp://h/', reconnect: { minMs: 100, maxMs: 50 } }, 'maxMs'],
  [{ id: 'a', url: 'rtsp://h/', reconect: {} }, 'reconect'],
])('a Camera with %j names %s', (options, name) => {
  const error = thrownBy(() => new Camera(options as never));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
});

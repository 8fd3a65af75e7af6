import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readInit, readPictureHeader } from '../../../../examples/nvr/protocol/index.js';
import type { SocketCaller } from '../../../../examples/nvr/server/sockets/host.js';
import { LiveSocket } from '../../../../examples/nvr/server/sockets/live-socket.js';
import { SessionKey } from '../../../../src/index.js';
import { countDecodedFrames } from '../../clip.js';
import { until } from '../../recording/recorded.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { callerOf, connect, openHost, type TestHost } from './socket-host.js';

const watch = (host: TestHost, caller?: SocketCaller) =>
  connect((socket) => new LiveSocket(host, socket, caller, () => {}));

describe('/ws/live', () => {
  it('sends pictures that begin with what a decoder needs, and stops when told to', async () => {
    const host = await openHost(1);
    const { caller } = callerOf();
    const client = await watch(host, caller);
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1', quality: 'FULLSCREEN' }] });
    await until(() => client.pictures.length > 20);
    const stream = await client.message('stream');
    expect(stream).toMatchObject({ cameraId: 'cam1', wanted: 'FULLSCREEN', width: 320 });
    const [init, first] = client.pictures as [Buffer, Buffer];
    expect(readInit(init)).toMatchObject({ stream: stream.stream, codec: stream.codec });
    expect(readPictureHeader(first)).toMatchObject({ kind: 'fragment', key: true });
    expect([...(caller.session?.subscriptions ?? [])]).toEqual([['cam1', 'FULLSCREEN']]);

    client.send({ type: 'unsubscribe', cameras: ['cam1'] });
    client.send({ type: 'ping' });
    await client.message('pong');
    const sent = client.pictures.length;
    client.messages.length = 0;
    client.send({ type: 'ping' });
    await client.message('pong');
    expect(client.pictures.length).toBe(sent);
    expect(caller.session?.subscriptions.size).toBe(0);
  });

  it('keeps to a quota that is changed while it is watched', async () => {
    const host = await openHost(1);
    const { caller } = callerOf();
    const client = await watch(host, caller);
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1', quality: 'FULLSCREEN' }] });
    expect(await client.message('stream')).not.toHaveProperty('reason');
    Object.assign(caller.session?.quota ?? {}, { maxCamerasFullscreen: 0 });
    host.bus.emit('quota', 'of somebody else');
    client.send({ type: 'ping' });
    await client.message('pong');
    const streams = () => client.messages.filter(({ type }) => type === 'stream');
    expect(streams()).toHaveLength(1);
    host.bus.emit('quota', caller.session?.id ?? '');
    await until(() => streams().length > 1);
    expect(streams()[1]).toMatchObject({ quality: 'GRID_VIEW', reason: 'quota' });
  });

  it('sends JSON frames that decode where they are asked for', async () => {
    const host = await openHost(1);
    const client = await watch(host, callerOf().caller);
    client.send({ type: 'hello', frames: 'json' });
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1' }] });
    const frames = () => client.messages.filter(({ type }) => type === 'frame');
    await until(() => frames().length >= 40);
    client.socket.terminate();
    expect(client.pictures).toEqual([]);
    expect(frames()[0]).toMatchObject({ cameraId: 'cam1', format: 'h264', keyframe: true });
    const path = join(temporaryDirectory(), 'frames.h264');
    writeFileSync(
      path,
      Buffer.concat(frames().map(({ data }) => Buffer.from(String(data), 'base64'))),
    );
    expect(countDecodedFrames(path)).toBe(frames().length);
  });

  it('seals pictures with the key that was agreed at login', async () => {
    const host = await openHost(1);
    const [ours, theirs] = [new SessionKey('server'), new SessionKey('client')];
    ours.agree(theirs.publicKey);
    theirs.agree(ours.publicKey);
    const client = await watch(host, callerOf({ key: ours }).caller);
    client.send({ type: 'hello', sealed: true });
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1' }] });
    await until(() => client.pictures.length > 3);
    const opened = client.pictures.slice(0, 3).map((message) => theirs.open(message));
    expect(opened.map((message) => readPictureHeader(message)?.kind)).toEqual([
      'init',
      'fragment',
      'fragment',
    ]);
    expect(client.pictures.some((message) => message[0] === 1 && message[1] === 1)).toBe(false);
  });

  it('seals with a key of the connection, agreed once with its first message', async () => {
    const host = await openHost(1, { requiresSealing: true });
    const client = await watch(host, callerOf().caller);
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1' }] });
    expect(await client.message('error')).toMatchObject({ code: 'ERR_SEALING_REQUIRED' });
    for (const [bytes, code] of [
      [65, 'ERR_PEER_KEY'],
      [64, 'ERR_MESSAGE'],
    ] as const) {
      client.messages.length = 0;
      const clientPublicKey = Buffer.alloc(bytes, 4).toString('base64');
      client.send({ type: 'hello', sealed: true, clientPublicKey });
      expect(await client.message('error')).toMatchObject({ code });
    }
    const key = new SessionKey('client');
    const hello = {
      ...{ type: 'hello', sealed: true },
      clientPublicKey: key.publicKey.toString('base64'),
    };
    client.send(hello);
    const { serverPublicKey } = await client.message('sealed');
    key.agree(Buffer.from(String(serverPublicKey), 'base64'));
    client.messages.length = 0;
    client.send(hello);
    expect(await client.message('error')).toMatchObject({ code: 'ERR_STATE' });
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1' }] });
    await until(() => client.pictures.length > 2);
    for (const message of client.pictures.slice(0, 3)) {
      expect(readPictureHeader(key.open(message))).toBeDefined();
    }
  });

  it('refuses to seal without a key', async () => {
    const host = await openHost(1);
    const client = await watch(host, callerOf().caller);
    client.send({ type: 'hello', sealed: true });
    expect(await client.message('error')).toMatchObject({ code: 'ERR_SESSION' });
  });

  it('answers for a forbidden camera exactly as for one that is not there', async () => {
    const host = await openHost(2);
    const client = await watch(host, callerOf({ cameras: ['cam1'] }).caller);
    client.send({ type: 'subscribe', cameras: [{ id: 'cam2' }, { id: 'cam9' }] });
    client.send({ type: 'ptz', cameraId: 'cam2', action: 'stop' });
    await until(() => client.messages.length === 3);
    const [hidden, unknown, moved] = client.messages.map((message) =>
      JSON.stringify(message).replaceAll(/cam\d/g, 'cam'),
    );
    expect(hidden).toBe(unknown);
    expect(moved).toBe(unknown);
    expect(host.moves).toEqual([]);
  });

  it('lets move who may, and nobody who may only watch', async () => {
    const host = await openHost(1);
    const guard = await watch(host, callerOf().caller);
    guard.send({ type: 'ptz', cameraId: 'cam1', action: 'move', pan: 45 });
    const viewer = await watch(host, callerOf({ permissions: ['live'] }).caller);
    viewer.send({ type: 'ptz', cameraId: 'cam1', action: 'home' });
    expect(await viewer.message('error')).toMatchObject({ code: 'ERR_FORBIDDEN' });
    expect(host.moves).toEqual(['cam1 move']);
  });

  it('lets in who shows a token with the first message, and nobody else', async () => {
    const host = await openHost(1);
    host.callers.set('good', callerOf().caller);
    const good = await watch(host);
    good.send({ type: 'subscribe', sessionToken: 'good', cameras: [{ id: 'cam1' }] });
    await good.message('stream');
    for (const sessionToken of ['bad', undefined]) {
      const bad = await watch(host);
      bad.send({ type: 'subscribe', sessionToken, cameras: [{ id: 'cam1' }] });
      expect(await bad.closed).toBe(4401);
      expect(bad.messages).toMatchObject([{ type: 'error', code: 'ERR_SESSION' }]);
    }
  });

  it('takes no token of another session', async () => {
    const host = await openHost(1);
    host.callers.set('other', callerOf({ id: 's2' }).caller);
    const client = await watch(host, callerOf({ id: 's1' }).caller);
    client.send({ type: 'ping', sessionToken: 'other' });
    expect(await client.closed).toBe(4401);
  });

  it('says why and closes when its session ends', async () => {
    const host = await openHost(1);
    const { caller, end } = callerOf();
    const client = await watch(host, caller);
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1' }] });
    await until(() => client.pictures.length > 3);
    end('kicked');
    expect(await client.closed).toBe(4401);
    expect(client.messages.at(-1)).toMatchObject({ type: 'session_expired', code: 'kicked' });
    await until(() => host.broadcaster.stats().viewers === 0);
  });

  it('leaves pictures out for a client that reads nothing, and tells of them when it reads', async () => {
    const host = await openHost(1);
    let isFull = true;
    const client = await connect((socket) => {
      Object.defineProperty(socket, 'bufferedAmount', { get: () => (isFull ? 1 << 20 : 0) });
      new LiveSocket(host, socket, callerOf().caller, () => {});
    });
    client.send({ type: 'subscribe', cameras: [{ id: 'cam1', quality: 'FULLSCREEN' }] });
    await until(() => host.broadcaster.stats().fragments > 30);
    expect(client.pictures).toEqual([]);
    isFull = false;
    await until(() => client.pictures.length > 5);
    const drops = client.messages.filter(({ type }) => type === 'drop');
    expect(drops.reduce((sum, { frames }) => sum + Number(frames), 0)).toBeGreaterThan(20);
    const [, first] = client.pictures as [Buffer, Buffer];
    expect(readPictureHeader(first)?.key).toBe(true);
  });
});

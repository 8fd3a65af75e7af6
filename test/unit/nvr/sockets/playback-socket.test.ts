import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInit, readPictureHeader } from '../../../../examples/nvr/protocol/index.js';
import { Bus } from '../../../../examples/nvr/server/events/bus.js';
import { Credit } from '../../../../examples/nvr/server/sockets/credit.js';
import type { SocketHost } from '../../../../examples/nvr/server/sockets/host.js';
import { PlaybackSocket } from '../../../../examples/nvr/server/sockets/playback-socket.js';
import {
  clientCodec,
  holeAt,
  streamsFor,
} from '../../../../examples/nvr/server/sockets/played-cameras.js';
import { SentMeter } from '../../../../examples/nvr/server/sockets/sent-meter.js';
import { TicketDoor } from '../../../../examples/nvr/server/sockets/ticket-door.js';
import { Traffic } from '../../../../examples/nvr/server/sockets/traffic.js';
import {
  DEFAULT_QUOTA,
  KeyManager,
  Recorder,
  SessionKey,
  StreamBroadcaster,
} from '../../../../src/index.js';
import { ORIGIN, openNode, terms } from '../../federation/auth.js';
import { passphrase, type Recorded, record, remove, until } from '../../recording/recorded.js';
import { openIndex, START, segmentAt } from '../../recording/stored.js';
import { callerOf, connect, type TestClient } from './socket-host.js';

let recorded: Recorded;
let host: SocketHost;
let close: () => Promise<void>;

beforeAll(async () => {
  recorded = await record(130, { cameraIds: ['door', 'yard'] });
  const { storage } = recorded;
  const keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase });
  const recorder = await Recorder.open({ storage, keys });
  const broadcaster = new StreamBroadcaster();
  close = async () => {
    await broadcaster.close();
    await recorder.close();
    await keys.close();
  };
  host = {
    ...{
      recorder,
      keys,
      broadcaster,
      bus: new Bus(),
      traffic: new Traffic(),
      requiresSealing: false,
    },
    cameras: { has: () => false, hasFootage: (id) => id !== 'attic', on: () => {}, off: () => {} },
    quotaOf: ({ quota }) => quota,
    authenticate: () => callerOf().caller,
    listenToNodes: () => () => {},
    redeem: () => ({ caller: callerOf().caller, leftOut: 0 }),
    ptz: async () => {},
    status: () => ({ cpuUsage: 0, memoryBytes: 0, cameraCount: 2, clientCount: 1 }),
  };
});
afterAll(async () => {
  await close();
  remove(recorded);
});

/** Of one camera, in the order in which they were recorded. */
const segmentsOf = (id: string) => recorded.segments.filter(({ cameraId }) => cameraId === id);
const start = () => segmentsOf('door')[0]?.startTime as number;
const middle = () => start() + 1500;

async function play(options: object, caller = callerOf().caller): Promise<TestClient> {
  const client = await connect((socket) => new PlaybackSocket(host, socket, caller, () => {}));
  client.send({ type: 'open', cameras: ['door'], position: middle(), ...options });
  return client;
}

function headers(client: TestClient) {
  return client.pictures.flatMap((message) => {
    const header = readPictureHeader(message);
    return header?.kind === 'fragment' ? [header] : [];
  });
}

const shown = (client: TestClient) => headers(client).filter(({ preroll }) => !preroll);

describe('/ws/playback', () => {
  it('begins with the picture of the position, behind what leads to it', async () => {
    const client = await play({});
    await until(() => shown(client).length > 0);
    expect(client.messages[0]).toMatchObject({ type: 'sought', position: middle(), epoch: 0 });
    const stream = await client.message('stream');
    const [init] = client.pictures as [Buffer];
    expect(readInit(init)).toMatchObject({ stream: stream.stream, width: 320 });
    expect(headers(client)[0]).toMatchObject({ key: true, preroll: true, epoch: 0 });
    const late = middle() - (shown(client)[0]?.time as number) / 1000;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60);
    // Paused, it is one picture.
    client.send({ type: 'ping' });
    await client.message('pong');
    expect(shown(client)).toHaveLength(1);
  });

  it('seeks into a new epoch, to the right picture', async () => {
    const client = await play({ playing: true });
    await until(() => shown(client).length > 3);
    const to = middle() + 1234;
    client.send({ type: 'seek', position: to });
    await until(() => shown(client).some(({ epoch }) => epoch === 1));
    const before = headers(client).findLastIndex(({ epoch }) => epoch === 0);
    const after = headers(client).findIndex(({ epoch }) => epoch === 1);
    expect(after).toBe(before + 1);
    expect(headers(client)[after]?.key).toBe(true);
    const picture = shown(client).find(({ epoch }) => epoch === 1);
    expect(to - (picture?.time as number) / 1000).toBeLessThan(60);
    expect(client.messages.filter(({ type }) => type === 'sought')).toHaveLength(2);
  });

  it('steps on by a picture, and back to a key frame', async () => {
    const client = await play({});
    await until(() => shown(client).length === 1);
    client.send({ type: 'step', direction: 1 });
    await until(() => shown(client).length === 2);
    const [first, second] = shown(client);
    expect(second?.time).toBeGreaterThan(first?.time as number);
    client.send({ type: 'step', direction: -1 });
    await until(() => shown(client).length === 3);
    expect(shown(client)[2]).toMatchObject({ key: true, epoch: 1 });
    expect(shown(client)[2]?.time).toBeLessThan(second?.time as number);
  });

  it('plays backwards by key frames', async () => {
    const end = segmentsOf('door').at(-1)?.endTime as number;
    const client = await play({ position: end - 100, speed: -4, playing: true });
    await until(() => shown(client).length >= 3);
    expect(shown(client).every(({ key }) => key)).toBe(true);
    const times = shown(client).map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    client.send({ type: 'speed', speed: 1 });
    await until(() => shown(client).some(({ epoch }) => epoch === 1));
  });

  it('plays several cameras on one clock, each in a stream of its own', async () => {
    const client = await play({ cameras: ['door', 'yard'], playing: true });
    await until(() => shown(client).length > 20);
    expect(new Set(headers(client).map(({ stream }) => stream)).size).toBe(2);
    expect(await client.message('position')).toMatchObject({ speed: 1 });
  });

  it('sends two seconds ahead of what was taken, and goes on when more is', async () => {
    const client = await play({ position: start(), playing: true });
    await until(() => shown(client).length >= 50);
    client.messages.length = 0;
    await until(() => client.messages.filter(({ type }) => type === 'position').length > 3);
    const sent = shown(client).length;
    expect(sent).toBeLessThan(60);
    client.send({ type: 'taken', through: headers(client).length });
    await until(() => shown(client).length > sent + 5);
    client.send({ type: 'taken', through: 1_000_000 });
    expect(await client.message('error')).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });

  it('tells of the hole that it was put into, and of where it goes on', async () => {
    const client = await play({ position: start() - 60_000 });
    expect(await client.message('gap')).toMatchObject({ cameraId: 'door', end: start() });
    await until(() => shown(client).length > 0);
    expect(shown(client)[0]?.key).toBe(true);
  });

  it('answers for a forbidden camera exactly as for one that is not there', async () => {
    const { caller } = callerOf({ cameras: ['door'] });
    const hidden = await play({ cameras: ['door', 'yard'] }, caller);
    const unknown = await play({ cameras: ['attic'] }, caller);
    const told = [await hidden.message('error'), await unknown.message('error')].map((message) =>
      JSON.stringify(message).replaceAll(/yard|attic/g, 'x'),
    );
    expect(told[0]).toBe(told[1]);
    expect(hidden.pictures).toEqual([]);
  });

  it('needs the right to see the archive, and an open playback to steer', async () => {
    const live = await play({}, callerOf({ permissions: ['live'] }).caller);
    expect(await live.message('error')).toMatchObject({ code: 'ERR_FORBIDDEN' });
    live.messages.length = 0;
    live.send({ type: 'seek', position: 1 });
    expect(await live.message('error')).toMatchObject({ code: 'ERR_STATE' });
  });

  it('is counted for its session, and waits where its quota is used up', async () => {
    const quota = { maxBandwidthMbps: 0.2 };
    const client = await play(
      { position: start(), playing: true },
      callerOf({ id: 'thin', quota }).caller,
    );
    await until(() => shown(client).length > 5);
    const { bitsPerSecond } = host.traffic.ofSession('thin');
    expect(bitsPerSecond).toBeGreaterThan(0);
    const bytes = client.pictures.reduce((sum, picture) => sum + picture.length, 0);
    // Counted when they are sent, and some may be on their way.
    expect(host.traffic.totals().bytesSent).toBeGreaterThanOrEqual(bytes);
    // Two seconds would come at once.
    expect(shown(client).length).toBeLessThan(25);
  });

  it('seals pictures with the key that was agreed at login', async () => {
    const [ours, theirs] = [new SessionKey('server'), new SessionKey('client')];
    ours.agree(theirs.publicKey);
    theirs.agree(ours.publicKey);
    const client = await play({ sealed: true }, callerOf({ key: ours }).caller);
    await until(() => client.pictures.length > 1);
    expect(readPictureHeader(theirs.open(client.pictures[0] as Buffer))?.kind).toBe('init');
  });

  it('seals pictures with a key of the connection', async () => {
    const key = new SessionKey('client');
    const clientPublicKey = key.publicKey.toString('base64');
    const client = await play({ sealed: true, clientPublicKey });
    const { serverPublicKey } = await client.message('sealed');
    key.agree(Buffer.from(String(serverPublicKey), 'base64'));
    await until(() => client.pictures.length > 2);
    expect(readPictureHeader(key.open(client.pictures[0] as Buffer))?.kind).toBe('init');
  });
});

describe('what of a camera is played', () => {
  it('is its sub stream where the client cannot show the main stream, camera by camera', async () => {
    const index = await openIndex();
    index.insert(segmentAt(0, { codec: 'hvc1.1.6.L93.B0' }));
    index.insert(segmentAt(0, { stream: 1 }));
    index.insert(segmentAt(0, { cameraId: 'yard' }));
    index.insert(segmentAt(0, { cameraId: 'hall', codec: 'hvc1.1.6.L93.B0' }));
    const cameras = ['door', 'yard', 'hall', 'none'];
    const streams = (codecs: ('h264' | 'h265')[], position = START) =>
      Object.fromEntries(streamsFor(index, cameras, 'main', position, new Set(codecs)));
    const main = { door: 'main', yard: 'main', hall: 'main', none: 'main' };
    expect(streams(['h264'])).toEqual({ ...main, door: 'sub' });
    expect(streams(['h264', 'h265'])).toEqual(main);
    // A sub stream of much later shows nothing of what is there.
    expect(streams(['h264'], START - 60_000)).toEqual(main);
    expect(clientCodec('mp4a.40.2')).toBeUndefined();
  });

  it('has holes that are known', async () => {
    const index = await openIndex();
    index.insert(segmentAt(0));
    index.insert(segmentAt(10));
    expect(holeAt(index, 'door', 'main', START + 5000)).toBeUndefined();
    expect(holeAt(index, 'door', 'main', START + 50_000)).toMatchObject({
      start: START + 10_000,
      end: START + 100_000,
    });
  });
});

it('meters what is sent, and says how long the rest has to wait', () => {
  let now = 0;
  const meter = new SentMeter(
    () => 8000,
    () => now,
  );
  expect(meter.waitMs).toBe(0);
  meter.sent(1250);
  expect(meter.waitMs).toBe(1001);
  now = 1001;
  expect(meter.waitMs).toBe(0);
  expect(meter.stats()).toEqual({ bytesSent: 1250, framesDropped: 0, bitsPerSecond: 9990 });
  now = 20_000;
  expect(meter.stats()).toMatchObject({ bytesSent: 1250, bitsPerSecond: 0 });
  meter.sent(250);
  expect(meter.waitMs).toBe(1);
});

it('gives credit by bytes and by time, and begins anew after a seek', () => {
  const credit = new Credit();
  for (let i = 0; i < 50; i++) credit.sent({ bytes: 1000, time: i * 40 });
  expect(credit.allows(1)).toBe(true);
  credit.sent({ bytes: 1000, time: 2000 });
  expect(credit.allows(1)).toBe(false);
  expect(credit.allows(2)).toBe(true);
  expect(credit.taken(10)).toBe(true);
  expect(credit.allows(1)).toBe(true);
  expect(credit.taken(52)).toBe(false);
  credit.seek();
  credit.sent({ bytes: 5 << 20, time: 9_000_000 });
  expect(credit.allows(16)).toBe(false);
  expect(credit.taken(52)).toBe(true);
  expect(credit.allows(1)).toBe(true);
});

describe('/ws/playback by a ticket', () => {
  /** Of `door`, for so many milliseconds around the middle; `renew` gives it for others. */
  async function playTicket(from: number, to: number, options: object) {
    const node = await openNode();
    const { key } = node.pair();
    const door = new TicketDoor({
      address: '192.0.2.7',
      ...{ homes: node.auth, origin: ORIGIN, quota: () => DEFAULT_QUOTA, audit: () => {} },
    });
    const served = { ...host, redeem: door.redeem.bind(door) };
    const client = await connect((s) => new PlaybackSocket(served, s, undefined, () => {}));
    const show = (since: number, until: number) => {
      const range = { start: Math.floor(middle() + since), end: Math.floor(middle() + until) };
      const asked = terms({ cameraId: 'door', permissions: ['archive'], ...range });
      client.send({ type: 'tickets', tickets: [node.auth.issueTicket(key, asked).ticket] });
    };
    show(from, to);
    client.send({ type: 'open', cameras: ['door'], position: middle(), ...options });
    const within = (since: number, until: number) =>
      shown(client).every(({ time }) => {
        const at = time / 1000 - middle();
        // A picture is that of a position until the next one.
        return at > since - 60 && at < until;
      });
    const refused = () =>
      client.messages.flatMap(({ type, code, cameraId }) =>
        type === 'error' ? [[code, cameraId]] : [],
      );
    return { ...node, client, show, within, refused };
  }

  it('shows that footage alone, and stops at its end until there is another', async () => {
    const { client, show, within, refused } = await playTicket(0, 400, { playing: true });
    await until(() => refused().length > 0);
    expect(refused()).toEqual([['ERR_TICKET_RANGE', 'door']]);
    expect(shown(client).length).toBeGreaterThan(3);
    expect(within(0, 400)).toBe(true);
    expect(client.messages.at(-2)).toMatchObject({ type: 'position', state: 'paused' });
    const before = shown(client).length;
    show(0, 900);
    client.send({ type: 'play' });
    await until(() => refused().length > 1);
    expect(shown(client).length).toBeGreaterThan(before);
    expect(within(0, 900)).toBe(true);
  });

  it('shows nothing in front of it, played backwards or stepped', async () => {
    const end = (segmentsOf('door').at(-1)?.endTime as number) - middle();
    const options = { position: middle() + Math.floor(end) - 100, speed: -4, playing: true };
    const { client, within, refused } = await playTicket(0, end, options);
    await until(() => refused().length > 0);
    expect(shown(client).length).toBeGreaterThan(0);
    expect(within(0, end)).toBe(true);
    const before = shown(client).length;
    client.send({ type: 'step', direction: -1 });
    client.send({ type: 'ping' });
    await client.message('pong');
    expect(shown(client)).toHaveLength(before);
    // From there on forwards: neither that picture, nor what leads to it.
    const pictures = client.pictures.length;
    client.send({ type: 'speed', speed: 1 });
    client.send({ type: 'step', direction: 1 });
    await until(() => client.messages.filter(({ type }) => type === 'sought').length > 1);
    client.send({ type: 'ping' });
    await client.message('pong');
    expect(client.pictures).toHaveLength(pictures);
  });

  it('opens and seeks nowhere else', async () => {
    const { client, within, refused } = await playTicket(-100, 400, {});
    await until(() => shown(client).length > 0);
    const other = { type: 'open', position: middle() };
    client.send({ type: 'seek', position: middle() - 101 });
    client.send({ type: 'seek', position: middle() + 400 });
    client.send({ ...other, cameras: ['door'], position: middle() + 400 });
    client.send({ ...other, cameras: ['yard'] });
    client.send({ ...other, cameras: ['door', 'yard'] });
    await until(() => refused().length === 5);
    expect(refused()).toEqual([
      ...[
        ['ERR_TICKET_RANGE', undefined],
        ['ERR_TICKET_RANGE', undefined],
      ],
      ['ERR_TICKET_RANGE', 'door'],
      ...[
        ['ERR_CAMERA_NOT_FOUND', 'yard'],
        ['ERR_CAMERA_NOT_FOUND', 'yard'],
      ],
    ]);
    expect(within(-100, 400)).toBe(true);
    expect(client.messages.filter(({ type }) => type === 'sought')).toHaveLength(1);
  });

  it('ends with its lease', async () => {
    const { client, auth, clock } = await playTicket(-100, 400, {});
    await until(() => shown(client).length > 0);
    clock.ms = 120_000;
    auth.expire();
    expect(await client.closed).toBe(4401);
    expect(client.messages.at(-1)).toMatchObject({ type: 'session_expired', code: 'expired' });
  });
});

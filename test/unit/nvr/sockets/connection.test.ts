import { describe, expect, it } from 'vitest';
import { eventsSocket } from '../../../../examples/nvr/server/sockets/events-socket.js';
import { LiveSocket } from '../../../../examples/nvr/server/sockets/live-socket.js';
import { Pace } from '../../../../examples/nvr/server/sockets/pace.js';
import { Places } from '../../../../examples/nvr/server/sockets/places.js';
import { lowered, SlowClient } from '../../../../examples/nvr/server/sockets/slow-client.js';
import { callerOf, connect, openHost } from './socket-host.js';

describe('a socket', () => {
  it('tells what is wrong with a message, and closes when it goes on', async () => {
    const host = await openHost(1);
    const client = await connect((s) => new LiveSocket(host, s, callerOf().caller, () => {}));
    const wrong = [
      '{',
      'null',
      '[]',
      '"subscribe"',
      '{"type":"__proto__"}',
      '{"type":"constructor"}',
      '{"type":"subscribe"}',
      '{"type":"subscribe","cameras":[{"id":"../../etc"}]}',
      `{"type":"unsubscribe","cameras":${JSON.stringify(Array.from({ length: 257 }, () => 'a'))}}`,
    ];
    for (const text of wrong) client.socket.send(text);
    client.send({ type: 'ping' });
    await client.message('pong');
    const errors = client.messages.filter(({ code }) => code === 'ERR_MESSAGE');
    expect(errors).toHaveLength(wrong.length);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.closed).toBe(1008);
  });

  it('closes on a message that is too large', async () => {
    const host = await openHost(1);
    const client = await connect((s) => new LiveSocket(host, s, callerOf().caller, () => {}));
    client.socket.send('x'.repeat((64 << 10) + 1));
    expect(await client.closed).toBe(1009);
  });

  it('closes on a flood of ten thousand subscriptions', async () => {
    const host = await openHost(1);
    const client = await connect((s) => new LiveSocket(host, s, callerOf().caller, () => {}));
    for (let i = 0; i < 10_000; i++) {
      client.send({ type: 'subscribe', cameras: [{ id: 'cam1' }] });
    }
    expect(await client.closed).toBe(1008);
    expect(client.messages.some(({ code }) => code === 'ERR_RATE_LIMIT')).toBe(true);
  });

  it('tells events of cameras to who may know of them', async () => {
    const host = await openHost(2);
    const all = await connect((s) => eventsSocket(host, s, callerOf().caller, () => {}));
    const one = await connect((s) =>
      eventsSocket(host, s, callerOf({ cameras: ['cam1'] }).caller, () => {}),
    );
    await Promise.all([all.message('server_status'), one.message('server_status')]);
    for (const cameraId of ['cam2', 'cam1']) {
      host.bus.emit('event', { id: 'e', cameraId, event: 'motion', start: 1, hasFootage: true });
      host.bus.changed('cameras', cameraId);
    }
    host.bus.changed('users');
    await Promise.all([all.message('event'), one.message('event')]);
    const ofCameras = (client: typeof one) =>
      client.messages.flatMap(({ type, cameraId, id }) =>
        type === 'event' || type === 'changed' ? [cameraId ?? id] : [],
      );
    expect(ofCameras(all)).toEqual(['cam2', 'cam2', 'cam1', 'cam1']);
    expect(ofCameras(one)).toEqual(['cam1', 'cam1']);
  });
});

it('lets a burst through, then so many a second', () => {
  let now = 0;
  const pace = new Pace(10, 3, () => now);
  expect([1, 2, 3, 4].map(() => pace.take())).toEqual([true, true, true, false]);
  now = 150;
  expect([pace.take(), pace.take()]).toEqual([true, false]);
});

it('has so many places for a session and for an address', () => {
  const places = new Places(2, 3);
  const [first, , third] = [places.take('a', 's'), places.take('a', 's'), places.take('a', 's')];
  expect(third).toBeUndefined();
  expect(places.take('a', undefined)).toBeDefined();
  expect(places.take('a', 't')).toBeUndefined();
  first?.();
  first?.();
  expect(places.openOf('s')).toBe(1);
  expect(places.take('a', 't')).toBeDefined();
  const neighbours = [
    '2001:db8::1',
    '2001:db8::2',
    '2001:db8::3',
    '2001:db8::4',
    '2001:db8:0:1::1',
  ];
  const given = neighbours.map((address) => places.take(address, undefined) !== undefined);
  expect(given).toEqual([true, true, true, false, true]);
});

it('steps a slow client down, and lets it go where nothing is left to step down', () => {
  let now = 0;
  const slow = new SlowClient(() => now);
  const advice: string[] = [];
  for (; now <= 60_000; now += 1000) {
    const said = slow.observe(true, slow.steps >= 3);
    if (said !== 'nothing') advice.push(`${now / 1000} ${said}`);
    if (said === 'close') break;
  }
  expect(advice).toEqual(['0 lower', '5 lower', '10 lower', '41 close']);
  expect(lowered('FULLSCREEN', 9)).toBe('THUMBNAIL');
  expect(lowered('PAUSED', 1)).toBe('PAUSED');
});

it('steps up again when the client keeps up', () => {
  let now = 0;
  const slow = new SlowClient(() => now);
  expect(slow.observe(true, false)).toBe('lower');
  now = 29_000;
  expect(slow.observe(false, false)).toBe('nothing');
  now = 30_000;
  expect(slow.observe(false, false)).toBe('raise');
  expect(slow.steps).toBe(0);
});

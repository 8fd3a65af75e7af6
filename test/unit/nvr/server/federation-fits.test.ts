// Both ends of the wire: the SDK's client of a home, and a whole NVR as its node.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { ConfigStore, FederationClient, federatedId, NodeRegistry } from '../../../../src/index.js';
import { createKeys } from '../../keys/stores.js';
import { START, segmentAt } from '../../recording/stored-segments.js';
import { HOME_ORIGIN } from './home.js';
import { serve } from './served.js';

it('pairs, asks, gets tickets that its pages can show, and says goodbye', async () => {
  const { app, nvr, ask, setUp } = await serve();
  const admin = await setUp();
  const camera = { id: 'mine', name: 'Gate', url: 'rtsp://192.0.2.1/a', enabled: false };
  await ask('POST', '/api/cameras', { token: admin, body: camera });
  nvr.recorder.index.insertAll(
    Array.from({ length: 5 }, (_, i) => segmentAt(i, { cameraId: 'mine' })),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `https://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const { secret, fingerprint } = (
    await ask('POST', '/api/system/federation-key', { token: admin })
  ).json();

  const keys = await createKeys();
  const store = await ConfigStore.open({ storage: dirname(keys.directory), keys });
  onTestFinished(() => store.close());
  const self = { serverId: randomUUID(), name: 'HQ', version: '1.0.0', origins: [HOME_ORIGIN] };
  const registry = new NodeRegistry({ store, serverId: self.serverId });
  const client = new FederationClient({
    ...{ registry, self: () => self, allowLoopback: true, deadlineMs: 10_000 },
  });
  onTestFinished(() => client.close());

  expect((await client.probe(url)).fingerprint).toBe(fingerprint);
  const node = await client.pair({ url, fingerprint, apiKey: secret });
  expect(node.id).toBe(nvr.parts.serverId);
  expect(nvr.homes.homes()).toMatchObject([{ homeId: self.serverId, origins: [HOME_ORIGIN] }]);

  const id = federatedId(node.id, 'mine');
  const cameras = await client.cameras();
  expect([cameras.items, cameras.nodes]).toMatchObject([
    [{ id, name: 'Gate' }],
    [{ status: 'ok' }],
  ]);
  const found = await client.recordings({ first: 'oldest', limit: 3 });
  expect(found.items).toMatchObject(
    [0, 1, 2].map((i) => ({ cameraId: id, start: START + i * 10_000 })),
  );
  const rest = await client.recordings({
    ...{ first: 'oldest', limit: 3 },
    ...(found.cursor !== undefined && { cursor: found.cursor }),
  });
  expect(rest.items).toHaveLength(2);

  const user = { name: 'kim', role: 'VIEWER' } as const;
  const asked = { camera: id, permissions: ['live', 'ptz'] as const, user, origin: HOME_ORIGIN };
  const { ticket, permissions } = await client.ticket(asked);
  expect(permissions).toEqual(['live']);
  const page = new WebSocket(`${url.replace('https', 'wss')}/ws/live`, {
    ...{ rejectUnauthorized: false, origin: HOME_ORIGIN },
  });
  await once(page, 'open');
  const said = once(page, 'message');
  page.send(JSON.stringify({ type: 'tickets', tickets: [ticket] }));
  page.send(JSON.stringify({ type: 'ping' }));
  expect(JSON.parse(String((await said)[0])).type).toBe('pong');
  const closed = once(page, 'close');
  await client.endTickets('kim');
  expect((await closed)[0]).toBe(4401);

  expect(await client.unpair(node.id)).toEqual({ revokedThere: true });
  expect(nvr.homes.homes()).toEqual([]);
  expect(nvr.sessions.apiKeys.list()).toEqual([]);
});

// The client of the SDK and a real NVR as its node: both speak the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigStore, FederationClient, KeyManager, NodeRegistry } from '@fluxvision/core';
import { expect, it, onTestFinished } from 'vitest';
import { startNvr } from './support/nvr.js';

const serverId = '11111111-2222-4333-8444-555555555555';
const origin = 'https://home.example:8443';

it('pairs with an NVR, sees its cameras and health, gets tickets, and parts from it', async () => {
  const cameras = [{ id: 'door', name: 'Front door', url: 'rtsp://127.0.0.1:1/none' }];
  const node = await startNvr({ cameras });
  onTestFinished(() => node.close());
  const home = await openHome();
  const { key: apiKey } = node.nvr.homes.createKey({ by: 'admin' });
  const { info, fingerprint, url } = await home.client.probe(node.url);
  expect([info.serverId, fingerprint]).toEqual([node.nvr.server.id, node.nvr.identity.fingerprint]);

  const { id } = await home.client.pair({ url, fingerprint, apiKey });
  expect(node.nvr.homes.homes()).toMatchObject([{ homeId: serverId, name: 'Home' }]);
  const seen = await home.client.cameras();
  expect(seen.items).toMatchObject([{ id: `door@${id}`, name: 'Front door', node: { id } }]);
  expect(home.client.status()).toMatchObject([
    { id, state: 'CONNECTED', report: { serverId: id } },
  ]);
  const found = await home.client.recordings({ start: 1000, end: 2000 });
  expect(found).toEqual({ items: [], nodes: [{ ...found.nodes[0], id, status: 'ok' }] });

  const user = { name: 'guard', role: 'VIEWER' as const };
  const ticket = await home.client.ticket({
    ...{ camera: `door@${id}`, permissions: ['live', 'ptz'], user, origin },
  });
  expect(ticket).toMatchObject({ permissions: ['live'], cameraId: 'door', directUrl: url });
  const none = home.client.ticket({
    ...{ camera: `attic@${id}`, permissions: ['live'], user, origin },
  });
  await expect(none).rejects.toMatchObject({ code: 'ERR_CAMERA_NOT_FOUND' });

  await expect(home.client.unpair(id)).resolves.toEqual({ revokedThere: true });
  expect([node.nvr.homes.homes(), home.registry.list()]).toEqual([[], []]);
  const again = home.client.pair({ url, fingerprint, apiKey });
  await expect(again).rejects.toMatchObject({ code: 'ERR_NODE_KEY' });
});

async function openHome() {
  const storage = mkdtempSync(join(tmpdir(), 'fluxvision-home-'));
  const directory = join(storage, 'keys');
  const keys = await KeyManager.create({ directory, passphrase: 'a passphrase of the home' });
  const store = await ConfigStore.open({ storage, keys });
  const registry = new NodeRegistry({ store, serverId });
  const self = () => ({ serverId, name: 'Home', version: '1.0.0', origins: [origin] });
  // Many tests share the machine.
  const client = new FederationClient({ registry, self, allowLoopback: true, deadlineMs: 10_000 });
  onTestFinished(async () => {
    await client.close();
    await store.close();
    await keys.close();
    rmSync(storage, { recursive: true, force: true });
  });
  return { registry, client };
}

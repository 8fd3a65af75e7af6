// What the network is told of the server, and which others its administrators see. On the loopback
// interface, at a port where nobody else is.
import { randomUUID } from 'node:crypto';
import { Discovery } from '@fluxvision/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  discoveryOf,
  followSettings,
  optionsOf,
  startDiscovery,
} from '../../../../examples/nvr/server/federation/announce.js';
import { federationOf } from '../../../../examples/nvr/server/federation/federation.js';
import { VERSION } from '../../../../examples/nvr/server/version.js';
import { announcement, freePort, Stranger } from '../../federation/mdns-packets.js';
import { type Served, serve } from './served.js';

const OTHER = {
  ...{ name: 'Harbour', version: '1.0.0', cameraCount: 3, httpPort: 9443, wsPort: 9444 },
  ...{ apiMin: 1, apiMax: 1, tls: true as const },
};

/** A server that announces itself, and another one in its network. */
async function neighbours() {
  const served = await serve();
  const where = { interfaces: ['127.0.0.1'], port: await freePort(), queryMs: 300 };
  const service = startDiscovery(served.nvr, { announce: true, browse: true, ...where });
  const other = new Discovery({ serverId: randomUUID(), ...where });
  onTestFinished(async () => {
    await service.close();
    await other.close();
  });
  other.browse();
  return { ...served, served, service, other, where };
}

function listens({ nvr }: Served): void {
  nvr.ports = { httpPort: 8443, wsPort: 8444 };
  nvr.emit('listening');
}

it('tells what discovery info says, from when it listens until its keys are locked', async () => {
  const { served, nvr, ask, service, other } = await neighbours();
  const token = await served.setUp();
  expect(other.servers()).toEqual([]);
  listens(served);
  await vi.waitFor(() => expect(other.servers()).toHaveLength(1));
  const info = (await ask('GET', '/api/discovery/info')).json();
  expect(info).toMatchObject({ name: 'Test', version: VERSION, cameraCount: 0, httpPort: 8443 });
  expect(other.servers()[0]).toMatchObject(info);
  const gone = vi.fn();
  other.on('down', gone);
  const body = { id: 'door', name: 'Door', url: 'rtsp://192.0.2.1/a', enabled: false };
  await ask('POST', '/api/cameras', { token, body });
  nvr.rename('Gate');
  await vi.waitFor(() =>
    expect(other.servers()[0]).toMatchObject({ name: 'Gate', cameraCount: 1 }),
  );
  expect(gone).not.toHaveBeenCalled();
  await service.close();
  await vi.waitFor(() => expect(other.servers()).toEqual([]), 5000);
});

it('shows administrators who is there, and whom the server knows', async () => {
  const { served, nvr, ask, other } = await neighbours();
  const token = await served.setUp();
  const discovered = async () =>
    (await ask('GET', '/api/system/nodes/discovered', { token })).json().items;
  expect(await discovered()).toEqual([]);
  other.publish(OTHER);
  await vi.waitFor(async () => expect(await discovered()).toHaveLength(1));
  const [found] = await discovered();
  const { tls: _, apiMin: _min, apiMax: _max, ...told } = OTHER;
  expect(found).toEqual({
    ...{ ...told, serverId: expect.any(String), lastSeenAt: expect.any(Number), known: false },
    urls: expect.arrayContaining(['https://127.0.0.1:9443']),
  });
  nvr.store.setSetting('remote_nodes', [{ id: found.serverId }]);
  expect((await discovered())[0].known).toBe(true);
});

it('asks a node that was away as soon as it is heard to be back', async () => {
  const { nvr, where } = await neighbours();
  const { registry, pool } = federationOf(nvr);
  const stranger = await Stranger.on(where.port);
  onTestFinished(() => stranger.close());
  const asked = vi.spyOn(pool, 'connect');
  const node = { id: randomUUID(), name: 'Back', label: 'Back', url: 'https://127.0.0.1:1' };
  const heard = (boot: string) => stranger.say(announcement({ id: node.id, txt: { boot } }));
  await heard('00000001');
  await vi.waitFor(() => expect(discoveryOf(nvr)?.servers()).toHaveLength(1));
  registry.add({ ...node, fingerprint: 'AB'.repeat(32), apiKey: `fvk_1_${'s'.repeat(43)}` });
  await vi.waitFor(() => expect(pool.statuses()).toMatchObject([{ state: 'ERROR' }]), 10_000);
  await heard('00000001');
  expect(asked).not.toHaveBeenCalled();
  await vi.waitFor(async () => {
    await heard('00000002');
    expect(asked).toHaveBeenCalledWith(node.id);
  });
});

it('has nothing to show where the settings want it deaf', async () => {
  const served = await serve();
  const token = await served.setUp();
  const answer = await served.ask('GET', '/api/system/nodes/discovered', { token });
  expect(answer.json()).toEqual({ items: [] });
});

it('falls silent and is heard again as its settings say, without a restart', async () => {
  const served = await serve();
  const { nvr } = served;
  const where = { interfaces: ['127.0.0.1'], port: await freePort(), queryMs: 300 };
  const other = new Discovery({ serverId: randomUUID(), ...where });
  const service = followSettings(nvr, where);
  onTestFinished(async () => {
    await service.close();
    await other.close();
  });
  other.browse();
  listens(served);
  const wants = (announce: boolean) =>
    nvr.reconfigure({ ...nvr.config, federation: { announce, browse: false } });
  for (const isHeard of [true, false, true]) {
    await wants(isHeard);
    await vi.waitFor(() => expect(other.servers()).toHaveLength(isHeard ? 1 : 0), 5000);
  }
  expect(nvr.troubles.list()).toEqual([]);
});

it.each([
  [{}, { announce: true, browse: true }],
  [{ listen: { address: '0.0.0.0' } }, { announce: true, browse: true }],
  [{ listen: { address: '::' } }, { announce: true, browse: true }],
  [{ federation: { announce: false } }, { announce: false, browse: true }],
  [{ federation: { browse: false } }, { announce: true, browse: false }],
  [{ listen: { address: '127.0.0.1' } }, { announce: false, browse: true }],
  [{ listen: { address: '::1' } }, { announce: false, browse: true }],
  [{ listen: { address: 'localhost' } }, { announce: false, browse: true }],
  [
    { listen: { address: '192.0.2.1' } },
    { announce: true, browse: true, interfaces: ['192.0.2.1'] },
  ],
])('with the settings %j does %j', (settings, expected) => {
  expect(optionsOf({ file: 'nvr.yaml', storage: 's', ...settings })).toEqual(expected);
});

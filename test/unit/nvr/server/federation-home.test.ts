// A server with others behind it: one list of cameras, one search, one page; what is wrong with one of
// them is said, and keeps nobody from the rest.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { makeCertificate, tlsOptions } from '../../../../examples/nvr/server/tls/index.js';
import {
  addCamera,
  addNode,
  type FederatedServer,
  invitation,
  listen,
  listenShared,
} from './federated.js';
import { userOf } from './served.js';

let home: FederatedServer;
let warehouse: FederatedServer;
let branch: FederatedServer;

beforeAll(async () => {
  home = await listenShared('Home');
  warehouse = await listenShared('Warehouse');
  branch = await listenShared('Branch');
  for (const server of [home, warehouse, branch]) await addCamera(server, 'door', 'Front door');
  await addCamera(warehouse, 'ramp');
  expect((await addNode(home, warehouse)).statusCode).toBe(201);
  expect((await addNode(warehouse, branch)).statusCode).toBe(201);
});

async function get(path: string, token = home.admin, of = home) {
  return (await of.ask('GET', path, { token })).json();
}

function ids({ items }: { items: { id: string }[] }): string[] {
  return items.map(({ id }) => id).sort();
}

/** Events as a page hears them, or who has a key. */
async function listenTo({ url }: FederatedServer, secret: string) {
  const headers: Record<string, string> = secret.startsWith('fvk_')
    ? { 'x-nvr-auth': secret }
    : { authorization: `Bearer ${secret}` };
  const address = `${url.replace('https', 'wss')}/ws/events`;
  const socket = new WebSocket(address, { rejectUnauthorized: false, headers });
  const events: unknown[] = [];
  let code: number | undefined;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    if (message.type === 'event') events.push(message);
  });
  socket.on('close', (said) => {
    code = said;
  });
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return { socket, events, code: () => code };
}

describe('a server that another one knows', () => {
  it('was probed without credentials, and says who it is', async () => {
    const body = { url: branch.url };
    const probed = (
      await home.ask('POST', '/api/system/nodes/probe', { token: home.admin, body })
    ).json();
    expect(probed).toMatchObject({
      url: branch.url,
      info: { serverId: branch.id, name: 'Branch', cameraCount: 1 },
      fingerprint: branch.nvr.identity.fingerprint,
    });
    expect(probed).not.toHaveProperty('refusal');
    const own = { url: home.url };
    const self = await home.ask('POST', '/api/system/nodes/probe', {
      token: home.admin,
      body: own,
    });
    expect(self.json().refusal).toBe('self');
  });

  it('is in the list with its label and state, and its key is in no answer', async () => {
    const { items } = await get('/api/system/nodes');
    expect(items).toMatchObject([{ id: warehouse.id, label: 'Warehouse', url: warehouse.url }]);
    expect(JSON.stringify(items)).not.toContain('fvk_');
  });

  it('is neither this one nor one that is known already by another address', async () => {
    const self = await home.ask('POST', '/api/system/nodes', {
      token: home.admin,
      body: await invitation(home),
    });
    expect([self.statusCode, self.json().code]).toEqual([409, 'ERR_NODE_SELF']);
    const again = await addNode(home, warehouse, {
      url: warehouse.url.replace('127.0.0.1', 'localhost'),
    });
    expect([again.statusCode, again.json().code]).toEqual([409, 'ERR_NODE_EXISTS']);
  });

  it('has another address with its key alone, and is the same server there', async () => {
    const at = `/api/system/nodes/${warehouse.id}`;
    const change = (body: object) => home.ask('PUT', at, { token: home.admin, body });
    const moved = await change({ url: branch.url });
    expect(moved.json().code).toBe('ERR_INVALID_ARGUMENT');
    const { url, apiKey } = await invitation(branch);
    const other = await change({ url, apiKey });
    expect(other.json().code).toBe('ERR_NODE_IDENTITY');
    expect((await change({ label: 'Barn', favourite: true })).json()).toMatchObject({
      ...{ label: 'Barn', favourite: true, url: warehouse.url },
    });
    await change({ label: 'Warehouse' });
  });

  it('gets the key only with the certificate that was shown', async () => {
    const shown = () => branch.logged().match(/federation\/pair/g)?.length;
    const before = shown();
    const fingerprint = 'AB'.repeat(32);
    const refused = await addNode(home, branch, { fingerprint });
    expect(refused.json().code).toBe('ERR_NODE_IDENTITY');
    expect(shown()).toBe(before);
  });
});

describe('the list of cameras', () => {
  it('has those of the nodes under ids of their own, and nothing of the nodes’ nodes', async () => {
    const list = await get('/api/cameras');
    expect(ids(list)).toEqual(['door', `door@${warehouse.id}`, `ramp@${warehouse.id}`]);
    const remote = list.items.find(({ id }: { id: string }) => id === `door@${warehouse.id}`);
    expect(remote).toMatchObject({
      name: 'Front door',
      status: 'STOPPED',
      node: { id: warehouse.id, label: 'Warehouse' },
      may: { live: true, archive: true, manage: false },
    });
    expect(list.nodes).toMatchObject([{ id: warehouse.id, status: 'ok' }]);
  });

  it('shows a user those alone that the rights name', async () => {
    const token = await userOf(home, 'VIEWER', { allowedCameras: [`ramp@${warehouse.id}`] });
    expect(ids(await get('/api/cameras', token))).toEqual([`ramp@${warehouse.id}`]);
    const hidden = await home.ask('POST', `/api/cameras/door@${warehouse.id}/ticket`, {
      ...{ token, body: { permissions: ['live'] } },
    });
    expect([hidden.statusCode, hidden.json().code]).toEqual([404, 'ERR_CAMERA_NOT_FOUND']);
  });

  it('is that of this server alone for an API key', async () => {
    const { apiKey } = await invitation(home);
    const answer = await home.ask('GET', '/api/cameras', { headers: { 'x-nvr-auth': apiKey } });
    expect(ids(answer.json())).toEqual(['door']);
  });
});

describe('a camera of a node', () => {
  it('has its place in a layout, for who may see it', async () => {
    const cameraIds = ['door', `door@${warehouse.id}`, `door@${branch.id}`];
    const tiles = cameraIds.map((cameraId, x) => ({ cameraId, x, y: 0, width: 1, height: 1 }));
    const body = { id: 'mixed', name: 'Mixed', columns: 3, rows: 1, tiles, shared: true };
    await home.ask('PUT', '/api/layouts/mixed', { token: home.admin, body });
    const shown = async (token?: string) =>
      (await get('/api/layouts', token)).items[0].tiles.map(
        ({ cameraId }: { cameraId?: string }) => cameraId,
      );
    // The branch is no node of this server.
    expect(await shown()).toEqual(['door', `door@${warehouse.id}`, undefined]);
    const token = await userOf(home, 'VIEWER', { allowedCameras: [`ramp@${warehouse.id}`] });
    expect(await shown(token)).toEqual([undefined, undefined, undefined]);
  });

  it('is managed where it is, and nowhere else', async () => {
    const { statusCode } = await home.ask('DELETE', `/api/cameras/door@${warehouse.id}`, {
      token: home.admin,
    });
    expect(statusCode).toBe(400);
  });

  it('comes with a ticket that its node takes, for the rights of the user', async () => {
    const answer = await home.ask('POST', `/api/cameras/door@${warehouse.id}/ticket`, {
      ...{ token: home.admin, body: { permissions: ['live'] } },
    });
    expect(answer.json()).toMatchObject({
      ticket: expect.stringMatching(/^fvt_/),
      permissions: ['live'],
      nodeId: warehouse.id,
      cameraId: 'door',
      directUrl: warehouse.url,
    });
  });

  it('has its timeline beside that of this server’s cameras', async () => {
    const cameras = `door,door@${warehouse.id}`;
    const timeline = await get(`/api/timeline?cameras=${cameras}&start=0&end=1000`);
    const names = timeline.cameras.map(({ cameraId }: { cameraId: string }) => cameraId);
    expect(names).toEqual(['door', `door@${warehouse.id}`]);
    expect(timeline.nodes).toMatchObject([{ id: warehouse.id, status: 'ok' }]);
  });
});

describe('a search', () => {
  it('is answered by all of them, page by page, and an API key gets its own server’s alone', async () => {
    const found = await get('/api/recordings?start=0&end=1000');
    expect(found).toMatchObject({ items: [], nodes: [{ id: warehouse.id, status: 'ok' }] });
    const { apiKey } = await invitation(home);
    const refused = await home.ask('GET', '/api/recordings', { headers: { 'x-nvr-auth': apiKey } });
    expect(refused.json().code).toBe('ERR_INVALID_ARGUMENT');
  });
});

describe('events of a node', () => {
  it('are listed with its cameras’ ids, page by page, one server at a time', async () => {
    for (const note of ['first', 'second']) {
      const body = { cameraId: 'ramp', event: 'delivery', note };
      await warehouse.ask('POST', '/api/events', { token: warehouse.admin, body });
    }
    const of = `node=${warehouse.id}`;
    const page = await get(`/api/events?${of}&limit=1`);
    expect(page.items).toMatchObject([{ cameraId: `ramp@${warehouse.id}`, event: 'delivery' }]);
    const rest = await get(`/api/events?${of}&limit=5&cursor=${page.cursor}`);
    expect(rest.items.map(({ metadata }: { metadata: { note: string } }) => metadata.note)).toEqual(
      ['first'],
    );
    const mixed = await get(`/api/events?cameras=door,ramp@${warehouse.id}`);
    expect(mixed.code).toBe('ERR_INVALID_ARGUMENT');
    const token = await userOf(home, 'VIEWER', { allowedCameras: [`door@${warehouse.id}`] });
    expect((await get(`/api/events?${of}`, token)).items).toEqual([]);
  });
});

describe('what happens at a node', () => {
  it('is told to pages as it happens, of the cameras that the user may see', async () => {
    const viewer = await userOf(home, 'VIEWER', { allowedCameras: [`ramp@${warehouse.id}`] });
    const [all, some] = [await listenTo(home, home.admin), await listenTo(home, viewer)];
    const byKey = await listenTo(home, (await invitation(home)).apiKey);
    const holders = () => warehouse.app.websocketServer.clients.size;
    await vi.waitFor(() => expect(holders()).toBe(1), 20_000);
    for (const cameraId of ['door', 'ramp']) {
      const body = { cameraId, event: 'delivery', note: `at the ${cameraId}` };
      await warehouse.ask('POST', '/api/events', { token: warehouse.admin, body });
    }
    await vi.waitFor(() =>
      expect([all.events, some.events]).toMatchObject([{ length: 2 }, { length: 1 }]),
    );
    expect(some.events).toMatchObject([
      {
        ...{ cameraId: `ramp@${warehouse.id}`, event: 'delivery' },
        node: { id: warehouse.id, label: 'Warehouse' },
        detail: { cameraId: `ramp@${warehouse.id}`, metadata: { note: 'at the ramp' } },
      },
    ]);
    await home.ask('POST', '/api/events', {
      ...{ token: home.admin, body: { cameraId: 'door', event: 'ring' } },
    });
    await vi.waitFor(() => expect(byKey.events).toHaveLength(1));
    expect(byKey.events).toMatchObject([{ cameraId: 'door', event: 'ring' }]);
    for (const { socket } of [all, some]) socket.close();
    await vi.waitFor(() => expect(holders()).toBe(0), 20_000);
    await home.ask('DELETE', '/api/system/federation-key', { token: home.admin });
    await vi.waitFor(() => expect(byKey.code()).toBe(4401));
  });
});

describe('a node that is gone', () => {
  it('leaves the others’ answers as they are, and is named with what is wrong', async () => {
    const gone = await listen('Gone');
    await addCamera(gone, 'yard');
    await addNode(home, gone);
    expect(ids(await get('/api/cameras'))).toContain(`yard@${gone.id}`);
    await gone.app.close();
    const timeline = await get(`/api/timeline?cameras=door,yard@${gone.id}&start=0&end=1000`);
    expect(timeline.cameras).toHaveLength(1);
    expect(timeline.nodes).toMatchObject([
      { label: 'Gone', status: 'error', error: { code: 'ERR_NODE_UNREACHABLE' } },
    ]);
    const health = await get('/api/system/health');
    expect(health.items[0]).not.toHaveProperty('node');
    const removed = await home.ask('DELETE', `/api/system/nodes/${gone.id}`, { token: home.admin });
    expect(removed.json()).toMatchObject({ revokedThere: false });
    expect(ids(await get('/api/cameras'))).not.toContain(`yard@${gone.id}`);
  });
});

describe('a node that is removed', () => {
  it('forgets this server, and its key ends there', async () => {
    const other = await listen('Other');
    await addNode(home, other);
    const before = await get('/api/system/federation-key', other.admin, other);
    expect(before.homes).toMatchObject([{ homeId: home.id, name: 'Home' }]);
    const removed = await home.ask('DELETE', `/api/system/nodes/${other.id}`, {
      token: home.admin,
    });
    expect(removed.json()).toEqual({ revokedThere: true });
    const after = await get('/api/system/federation-key', other.admin, other);
    expect(after).toMatchObject({ homes: [] });
    expect(after).not.toHaveProperty('key');
  });
});

describe('a node with another certificate', () => {
  it('is not asked with the key until somebody has compared and accepted it', async () => {
    const renewed = await listen('Renewed');
    await addCamera(renewed, 'gate');
    await addNode(home, renewed);
    expect(ids(await get('/api/cameras'))).toContain(`gate@${renewed.id}`);
    const at = `/api/system/nodes/${renewed.id}`;
    const node = async () =>
      (await get('/api/system/nodes')).items.find(({ id }: { id: string }) => id === renewed.id);
    const becomes = (state: string) =>
      vi.waitFor(async () => expect((await node()).state).toBe(state), { timeout: 20_000 });
    const other = await makeCertificate(['127.0.0.1']);
    const { fingerprint256 } = new X509Certificate(other.certificate);
    renewed.app.server.setSecureContext({ key: other.key, cert: other.certificate });
    renewed.app.server.closeAllConnections();
    const asked = () => renewed.logged().match(/"by":"key:/g)?.length;
    const before = asked();
    await home.ask('POST', `${at}/connect`, { token: home.admin, body: {} });
    await becomes('ERROR');
    expect((await node()).fault).toMatchObject({
      ...{ code: 'ERR_NODE_IDENTITY', fingerprint: fingerprint256 },
    });
    expect(asked()).toBe(before);
    const list = await get('/api/cameras');
    expect(list.items).toContainEqual(
      expect.objectContaining({ id: `gate@${renewed.id}`, recording: false }),
    );
    const body = { fingerprint: fingerprint256 };
    expect((await home.ask('PUT', at, { token: home.admin, body })).statusCode).toBe(200);
    await becomes('CONNECTED');
    await home.ask('DELETE', at, { token: home.admin });
  });
});

describe('a node that has renewed its certificate', () => {
  it('is known again by its own key, and that is written down', async () => {
    const renewed = await listen('Renewing');
    await addNode(home, renewed);
    const { app, nvr } = renewed;
    nvr.certificate.on('renewed', (identity) => app.server.setSecureContext(tlsOptions(identity)));
    rmSync(join(nvr.config.storage, 'tls'), { recursive: true });
    await nvr.certificate.reload();
    app.server.closeAllConnections();
    await home.ask('POST', `/api/system/nodes/${renewed.id}/connect`, {
      ...{ token: home.admin, body: {} },
    });
    await vi.waitFor(async () => {
      const { items } = await get('/api/system/nodes');
      const node = items.find(({ id }: { id: string }) => id === renewed.id);
      expect(node).toMatchObject({
        ...{ state: 'CONNECTED', fingerprint: nvr.identity.fingerprint },
      });
    }, 20_000);
    const { items } = await get('/api/system/audit?action=node.certificate');
    expect(items).toMatchObject([{ subject: renewed.id }]);
    await home.ask('DELETE', `/api/system/nodes/${renewed.id}`, { token: home.admin });
  });
});

describe('the origin of a page', () => {
  it('is told to nodes where it is one of this server’s, and no other that a request names', async () => {
    const at = `/api/cameras/door@${warehouse.id}/ticket`;
    const body = { permissions: ['live'] };
    const origins = async () => {
      const key = await get('/api/system/federation-key', warehouse.admin, warehouse);
      return key.homes.find(({ homeId }: { homeId: string }) => homeId === home.id).origins;
    };
    const before = await origins();
    const headers = { host: 'evil.test', origin: 'https://evil.test' };
    const foreign = await home.ask('POST', at, { token: home.admin, body, headers });
    expect(foreign.statusCode).toBe(200);
    expect(await origins()).toEqual(before);
    const proxied = { host: 'localhost', origin: 'https://localhost' };
    await home.ask('POST', at, { token: home.admin, body, headers: proxied });
    expect(await origins()).toContain('https://localhost');
    // Another order would be news: nodes would be told, and write it down, with each page.
    const told = await origins();
    const back = { host: '127.0.0.1', origin: home.url };
    await home.ask('POST', at, { token: home.admin, body, headers: back });
    expect(await origins()).toEqual(told);
    expect(told).toEqual([...told].sort());
  });
});

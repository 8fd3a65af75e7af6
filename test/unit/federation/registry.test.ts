// Which servers a home knows: kept sealed, each once, with its key for it alone.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ConfigStore } from '../../../src/config/index.js';
import {
  federatedId,
  NodeRegistry,
  nodeOrigin,
  splitFederatedId,
} from '../../../src/federation/index.js';
import { createKeys } from '../keys/stores.js';
import { thrownBy } from '../thrown.js';

const serverId = randomUUID();
const pin = Array(32).fill('AB').join(':');
const apiKey = `fvk_test_${'s'.repeat(43)}`;

async function openRegistry() {
  const keys = await createKeys();
  const store = await ConfigStore.open({ storage: dirname(keys.directory), keys });
  onTestFinished(() => store.close());
  const open = () => new NodeRegistry({ store, serverId });
  return { store, open, registry: open() };
}

function node(change: object = {}) {
  return {
    ...{ id: randomUUID(), name: 'Warehouse', url: 'https://10.0.0.9:8443' },
    ...{ fingerprint: pin, apiKey, ...change },
  };
}

it('keeps nodes and their keys over a restart, and none of it readable', async () => {
  const { store, open, registry } = await openRegistry();
  const added = registry.add(node({ label: 'The old warehouse', group: 'south' }));
  expect(added).toMatchObject({ label: 'The old warehouse', enabled: true, favourite: false });
  expect(open().list()).toEqual([added]);
  expect(open().keyOf(added.id)).toBe(apiKey);
  const stored = readFileSync(store.path, 'latin1') + readFileSync(`${store.path}-wal`, 'latin1');
  for (const text of [apiKey, '10.0.0.9', 'old warehouse']) expect(stored).not.toContain(text);
  expect(JSON.stringify(added)).not.toContain(apiKey);
});

it('knows a server once, under whichever address, and never itself', async () => {
  const { registry } = await openRegistry();
  const first = registry.add(node({ label: 'Gate' }));
  const again = thrownBy(() => registry.add(node({ id: first.id, url: 'https://gate.local' })));
  expect(again.code).toBe('ERR_NODE_EXISTS');
  expect(again.message).toContain("'Gate'");
  expect(thrownBy(() => registry.add(node({ url: 'https://10.0.0.9:8443/' }))).code).toBe(
    'ERR_NODE_EXISTS',
  );
  expect(thrownBy(() => registry.add(node({ id: serverId }))).code).toBe('ERR_NODE_SELF');
});

it('takes no more than a hundred', async () => {
  const { registry } = await openRegistry();
  for (let i = 0; i < 100; i++) registry.add(node({ url: `https://10.0.1.${i}` }));
  expect(thrownBy(() => registry.add(node())).code).toBe('ERR_LIMIT');
});

it('sends a key elsewhere only with a new key, or where somebody has compared', async () => {
  const { registry } = await openRegistry();
  const { id } = registry.add(node());
  const other = Array(32).fill('CD').join(':');
  for (const change of [{ url: 'https://10.0.0.66' }, { fingerprint: other }]) {
    expect(thrownBy(() => registry.update(id, change)).code).toBe('ERR_STATE');
  }
  expect(registry.get(id)).toMatchObject({ url: 'https://10.0.0.9:8443', fingerprint: pin });
  const unspaced = other.replaceAll(':', '').toLowerCase();
  registry.update(id, { fingerprint: unspaced, acceptFingerprint: true });
  expect(registry.get(id).fingerprint).toBe(other);
  registry.update(id, { url: 'https://10.0.0.66', apiKey: `${apiKey}x` });
  expect([registry.get(id).url, registry.keyOf(id)]).toEqual(['https://10.0.0.66', `${apiKey}x`]);
});

it('tells who changed, and forgets the key of one that is removed', async () => {
  const { store, registry } = await openRegistry();
  const changed: string[] = [];
  registry.on('changed', (id) => changed.push(id));
  const { id } = registry.add(node({ group: 'south', directUrl: 'https://nvr.example' }));
  registry.update(id, { group: '', directUrl: '', label: 'Yard', favourite: true });
  expect(registry.get(id)).not.toHaveProperty('group');
  expect(registry.get(id)).not.toHaveProperty('directUrl');
  registry.remove(id);
  expect(changed).toEqual([id, id, id]);
  expect(store.secretNames()).toEqual([]);
  expect(thrownBy(() => registry.get(id)).code).toBe('ERR_NODE_NOT_FOUND');
});

it('drops what an older release kept without ids of servers, and its keys', async () => {
  const { store, open } = await openRegistry();
  store.setSetting('remote_nodes', [{ id: randomUUID(), label: 'Old', url: 'https://10.0.0.2' }]);
  store.setSecret(`node:${randomUUID()}`, apiKey);
  store.setSecret('mqtt', 'stays');
  expect(open().list()).toEqual([]);
  expect(store.secretNames()).toEqual(['mqtt']);
});

it('shows no key in an error', async () => {
  const { registry } = await openRegistry();
  const refused = thrownBy(() => registry.add(node({ apiKey: 'sesame open up sesame' })));
  expect(refused.code).toBe('ERR_INVALID_ARGUMENT');
  expect(refused.message).not.toContain('sesame');
});

it.each([
  ...['http://10.0.0.9', 'https://10.0.0.9/api', 'https://10.0.0.9?x', 'https://10.0.0.9/#'],
  ...['https://user:pass@10.0.0.9', 'https://user@10.0.0.9', 'ftp://10.0.0.9', '10.0.0.9'],
  ...['https://127.0.0.1', 'https://[::1]', 'https://localhost', 'https://a.localhost.'],
  ...['https://0.0.0.0', 'https://2130706433', 'https://0x7f.1', 'https://[::ffff:127.0.0.1]'],
  ...['https://169.254.169.254', 'https://[fe80::1]', 'https://224.0.0.251', 'https://[ff02::fb]'],
  ...['https://10.0.0.9\n', 'https://10.0.0.9\\@evil', 'javascript:alert(1)', 'https:10.0.0.9'],
  ...[
    'https://*',
    'https://*.example',
    'https://a;b',
    'https://a,b',
    "https://'self'",
    'https://a$b',
  ],
])('takes no server at %j', (address) => {
  expect(thrownBy(() => nodeOrigin(address)).code).toBe('ERR_ADDRESS_REFUSED');
});

it('writes an address in one way', () => {
  expect(nodeOrigin('HTTPS://NVR.Example:443/')).toBe('https://nvr.example');
  expect(nodeOrigin('https://127.0.0.1:8443', { allowLoopback: true })).toBe(
    'https://127.0.0.1:8443',
  );
  expect(nodeOrigin('https://gate_1.süd.example')).toBe('https://gate_1.xn--sd-xka.example');
  expect(nodeOrigin('https://[2001:DB8::1]:8443')).toBe('https://[2001:db8::1]:8443');
});

it('keeps equal ids of two servers apart', () => {
  const id = federatedId(serverId, 'door');
  expect(id).toBe(`door@${serverId}`);
  expect(splitFederatedId(id)).toEqual({ nodeId: serverId, id: 'door' });
  for (const text of ['door', `@${serverId}`, `../x@${serverId}`, `door@${serverId}@x`, 'a@b']) {
    expect(splitFederatedId(text)).toBeUndefined();
  }
  for (const part of ['', '..', 'a/b', 'a@b', '.a', 'x'.repeat(65)]) {
    expect(thrownBy(() => federatedId(serverId, part)).code).toBe('ERR_INVALID_ARGUMENT');
  }
});

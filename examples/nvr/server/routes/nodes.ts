// Other servers that this one knows. Their keys stay here.
import { randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Moment } from '../../protocol/index.js';
import type { App } from '../app.js';
import { nodeAddress } from '../cameras/address.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers, creates, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const admin = { access: { permission: 'admin' } } as const;
const params = Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }) });
const RemoteNode = Type.Object({
  id: Type.String(),
  label: Type.String(),
  url: Type.String(),
  enabled: Type.Boolean(),
  fingerprint: Type.Optional(Type.String()),
  createdAt: Moment,
});
type RemoteNode = Static<typeof RemoteNode>;
const NewRemoteNode = Type.Object({
  label: Type.String({ minLength: 1, maxLength: 100 }),
  /** https only, no path, no credentials. */
  url: Type.String({ minLength: 1, maxLength: 300 }),
  /** `fvk_...`, made there. */
  apiKey: Type.String({ minLength: 20, maxLength: 200 }),
  fingerprint: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f:]{64,95}$' })),
});
const NodeChange = Type.Partial(
  Type.Object({ ...NewRemoteNode.properties, enabled: Type.Boolean() }),
);
const SETTING = 'remote_nodes';
const MAX_NODES = 100;

export async function nodeRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/system/nodes',
    {
      config: { access: { permission: 'any' } },
      schema: { response: answers(listOf(RemoteNode)) },
    },
    async () => ({ items: nodesOf(nvr) }),
  );

  app.post(
    '/api/system/nodes',
    { config: admin, schema: { body: NewRemoteNode, response: creates(RemoteNode) } },
    async ({ caller, body: { apiKey, label, url, fingerprint } }, reply) => {
      const nodes = nodesOf(nvr);
      if (nodes.length >= MAX_NODES) throw refusal('ERR_LIMIT', `There are ${MAX_NODES} servers.`);
      const node: RemoteNode = {
        ...{ id: randomUUID(), label, url: nodeAddress(url, rulesOf(nvr)), enabled: true },
        ...(fingerprint !== undefined && { fingerprint }),
        createdAt: Date.now(),
      };
      if (nodes.some((one) => one.url === node.url)) {
        throw refusal('ERR_NODE_EXISTS', 'This server is in the list already.');
      }
      nvr.audit(nameOf(caller), 'node.create', { subject: node.id, detail: { url: node.url } });
      nvr.store.setSecret(secretOf(node.id), apiKey);
      nvr.store.setSetting(SETTING, [...nodes, node]);
      return reply.code(201).send(node);
    },
  );

  app.put(
    '/api/system/nodes/:id',
    { config: admin, schema: { params, body: NodeChange, response: answers(RemoteNode) } },
    async ({ caller, params: { id }, body: { apiKey, url, ...change } }) => {
      const nodes = nodesOf(nvr);
      const before = nodes.find((one) => one.id === id);
      if (!before) throw noNode();
      const address = url === undefined ? before.url : nodeAddress(url, rulesOf(nvr));
      // The key is for the server that it was given for.
      if (address !== before.url && apiKey === undefined) {
        throw refusal('ERR_INVALID_ARGUMENT', 'Another address needs the key that was made there.');
      }
      const node: RemoteNode = { ...before, ...change, url: address };
      nvr.audit(nameOf(caller), 'node.change', { subject: id, detail: { url: node.url } });
      if (apiKey !== undefined) nvr.store.setSecret(secretOf(id), apiKey);
      nvr.store.setSetting(
        SETTING,
        nodes.map((one) => (one.id === id ? node : one)),
      );
      return node;
    },
  );

  app.delete(
    '/api/system/nodes/:id',
    { config: admin, schema: { params, response: nothing } },
    async ({ caller, params: { id } }, reply) => {
      const nodes = nodesOf(nvr);
      if (!nodes.some((one) => one.id === id)) throw noNode();
      nvr.audit(nameOf(caller), 'node.remove', { subject: id });
      nvr.store.setSetting(
        SETTING,
        nodes.filter((one) => one.id !== id),
      );
      nvr.store.removeSecret(secretOf(id));
      return reply.code(204).send(null);
    },
  );
}

function nodesOf(nvr: Nvr): RemoteNode[] {
  return (nvr.store.setting(SETTING) ?? []) as RemoteNode[];
}

function rulesOf(nvr: Nvr) {
  return { allowLoopback: nvr.config.allowLoopbackCameras ?? false };
}

/** Of the key that opens the other server. */
function secretOf(id: string): string {
  return `node:${id}`;
}

function noNode() {
  return refusal('ERR_NODE_NOT_FOUND', 'There is no such server in the list.');
}

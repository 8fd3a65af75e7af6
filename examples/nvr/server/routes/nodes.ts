// Other servers that this one knows: added once they were seen, with the key that was made there.
import { type FederationNode, FluxError, type NodeStatus } from '@fluxvision/core';
import { Type } from 'typebox';
import {
  NewRemoteNode,
  NodeAnswer,
  NodeReport,
  ProbedNode,
  RemoteNode,
  RemoteNodeChange,
  RemovedNode,
} from '../../protocol/index.js';
import type { App } from '../app.js';
import { AtOnce } from '../cameras/at-once.js';
import { federationOf } from '../federation/federation.js';
import { nodeReport } from '../federation/node-report.js';
import { refusal } from '../problem.js';
import { answers, creates, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const admin = { access: { permission: 'admin' } } as const;
const everybody = { access: { permission: 'any' } } as const;
const params = Type.Object({ id: RemoteNode.properties.id });
/** Each opens connections to where its caller says: few at a time, and for administrators alone. */
const MAX_PROBES = 4;

const Health = Type.Object({
  /** This server first, without `node`. */
  items: Type.Array(
    Type.Object({
      node: Type.Optional(Type.Object({ id: Type.String(), label: Type.String() })),
      report: NodeReport,
    }),
  ),
  nodes: Type.Array(NodeAnswer),
});

export async function nodeRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const probes = new AtOnce(MAX_PROBES);

  app.get(
    '/api/system/nodes',
    { config: everybody, schema: { response: answers(listOf(RemoteNode)) } },
    async () => {
      const { registry } = federationOf(nvr);
      return { items: registry.list().map(({ id }) => view(id)) };
    },
  );

  app.post(
    '/api/system/nodes/probe',
    {
      config: admin,
      schema: {
        body: Type.Object({ url: NewRemoteNode.properties.url }),
        response: answers(ProbedNode),
      },
    },
    async ({ caller, body: { url } }) => {
      nvr.audit(nameOf(caller), 'node.probe', { detail: { url: addressIn(url) } });
      const { client, registry } = federationOf(nvr);
      const probed = await probes.run(() => client.probe(url));
      const { serverId } = probed.info;
      const refused = serverId === nvr.server.id ? 'self' : registry.has(serverId) && 'known';
      return { ...probed, ...(refused && { refusal: refused as 'self' | 'known' }) };
    },
  );

  app.post(
    '/api/system/nodes',
    { config: admin, schema: { body: NewRemoteNode, response: creates(RemoteNode) } },
    async ({ caller, body }, reply) => {
      const { client, pool } = federationOf(nvr);
      const { apiKey: _, url, ...detail } = body;
      nvr.audit(nameOf(caller), 'node.create', { detail: { url: addressIn(url), ...detail } });
      const { id } = await probes.run(() => client.pair(body));
      pool.connect(id);
      return reply.code(201).send(view(id));
    },
  );

  app.put(
    '/api/system/nodes/:id',
    { config: admin, schema: { params, body: RemoteNodeChange, response: answers(RemoteNode) } },
    async ({ caller, params: { id }, body }) => {
      const { client, registry, pool } = federationOf(nvr);
      const before = registry.get(id);
      const { apiKey, url, ...detail } = body;
      const moves = url !== undefined && url !== before.url;
      // The key is for the server that it was given for.
      if (moves && apiKey === undefined) {
        throw refusal('ERR_INVALID_ARGUMENT', 'Another address needs the key that was made there.');
      }
      nvr.audit(nameOf(caller), 'node.change', {
        subject: id,
        detail: {
          ...(url !== undefined && { url: addressIn(url) }),
          ...detail,
          ...(apiKey !== undefined && { key: 'changed' }),
        },
      });
      if (moves) await probes.run(() => requireSame(id, url));
      // Who sends a fingerprint has compared it.
      const acceptFingerprint = body.fingerprint !== undefined;
      registry.update(id, { ...body, ...(acceptFingerprint && { acceptFingerprint }) });
      if (registry.get(id).enabled) pool.connect(id);
      else pool.disconnect(id);
      return view(id);

      async function requireSame(nodeId: string, address: string): Promise<void> {
        const { info } = await client.probe(address);
        if (info.serverId === nodeId) return;
        const what = 'Another server answers at this address. Add it as a server of its own.';
        throw new FluxError('ERR_NODE_IDENTITY', what);
      }
    },
  );

  app.delete(
    '/api/system/nodes/:id',
    { config: admin, schema: { params, response: answers(RemovedNode) } },
    async ({ caller, params: { id } }) => {
      const { client, registry } = federationOf(nvr);
      registry.get(id);
      nvr.audit(nameOf(caller), 'node.remove', { subject: id });
      const { revokedThere, reason } = await client.unpair(id);
      return { revokedThere, ...(reason && { reason: reason.message }) };
    },
  );

  app.post(
    '/api/system/nodes/:id/connect',
    { config: admin, schema: { params, response: nothing } },
    async ({ params: { id } }, reply) => {
      const { registry, pool } = federationOf(nvr);
      registry.get(id);
      pool.connect(id);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/system/health',
    { config: everybody, schema: { response: answers(Health) } },
    async () => {
      const { registry, client } = federationOf(nvr);
      const statuses = client.status().filter(({ id }) => registry.get(id).enabled);
      return {
        items: [
          { report: nodeReport(nvr) },
          ...statuses.flatMap(({ id, report }) =>
            report ? [{ node: { id, label: registry.get(id).label }, report }] : [],
          ),
        ],
        nodes: statuses.map((status) => answerOf(status, registry.get(status.id))),
      };
    },
  );

  function view(id: string): RemoteNode {
    const { registry, client } = federationOf(nvr);
    const { state = 'DISCONNECTED', ...status } =
      client.status().find((one) => one.id === id) ?? ({} as Partial<NodeStatus>);
    const { fault, retryAt, asOf, tookMs, clockOffsetMs, report } = status;
    return {
      ...registry.get(id),
      state,
      ...(fault && { fault }),
      ...(retryAt !== undefined && { retryAt }),
      ...(asOf !== undefined && { asOf }),
      ...(tookMs !== undefined && { tookMs }),
      ...(clockOffsetMs !== undefined && { clockOffsetMs }),
      ...(report && { report }),
    };
  }
}

function answerOf(
  { id, state, fault, asOf, tookMs = 0, report }: NodeStatus,
  { label }: FederationNode,
): NodeAnswer {
  const status = state === 'CONNECTED' ? 'ok' : report ? 'stale' : 'error';
  return {
    ...{ id, label, status, tookMs },
    ...(asOf !== undefined && { asOf }),
    ...(fault && { error: { code: fault.code, message: fault.message } }),
  };
}

/** For the audit log. What will be refused may hold a password, in front of the host or behind it. */
function addressIn(url: string): string {
  if (!URL.canParse(url)) return 'no URL';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

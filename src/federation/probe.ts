// Who answers at an address, and the first pairing: before a server is a node.
import type { GuardedLookup } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import type { ProbedNode } from './answers.js';
import { type ExchangeAnswer, exchange } from './exchange.js';
import { refusalOf } from './fault.js';
import { askInfo, introduce } from './greeting.js';
import { originOf } from './node-address.js';
import type { FederationSelf, LinkQuestion } from './node-link.js';
import { itself, type NewFederationNode, type NodeRegistry } from './node-registry.js';
import { connectPinned, PinnedAgent } from './pinned-agent.js';
import { plainText } from './plain-text.js';

/** What {@link FederationClient.pair} takes. */
export interface PairingRequest {
  url: string;
  /** As the probe showed it: the key goes to nobody else. */
  fingerprint: string;
  apiKey: string;
  /** Default: what it calls itself. */
  label?: string;
  directUrl?: string;
  group?: string;
  favourite?: boolean;
  priority?: number;
}

interface Asking {
  guard: GuardedLookup;
  deadlineMs: number;
  registry: NodeRegistry;
  self: FederationSelf;
}

/** Sends nothing but the question who it is. */
export async function probeNode(address: string, asking: Asking): Promise<ProbedNode> {
  const { guard, deadlineMs, registry, self } = asking;
  const url = originOf(address, guard);
  const start = performance.now();
  const shown = await certificateOf(url, asking);
  const target = { url, guard, fingerprint: shown.fingerprint, connectMs: deadlineMs };
  const agent = new PinnedAgent(target, 1);
  try {
    const info = await askInfo(stranger(agent, url, deadlineMs));
    const tookMs = Math.round(performance.now() - start);
    const isSelf = info.serverId === self.serverId;
    const refusal = isSelf ? 'self' : registry.has(info.serverId) ? 'known' : undefined;
    return { url, info, ...shown, tookMs, ...(refusal && { refusal }) };
  } finally {
    agent.destroy();
  }
}

/** Who it is first; the key goes there only where it can become a node. */
export async function pairNode(
  request: PairingRequest,
  asking: Asking,
): Promise<NewFederationNode> {
  const { guard, deadlineMs, registry, self } = asking;
  const url = originOf(request.url, guard);
  const agent = new PinnedAgent(
    { url, guard, fingerprint: request.fingerprint, connectMs: deadlineMs },
    1,
  );
  try {
    const unknown = stranger(agent, url, deadlineMs);
    const info = await askInfo(unknown);
    if (info.serverId === self.serverId) throw itself();
    registry.requireAddable(info.serverId, url);
    const node = { id: info.serverId, url };
    const { name, identityKey } = await introduce(
      { ...stranger(agent, url, deadlineMs, request.apiKey), node },
      self,
    );
    return {
      ...{ ...request, url, id: info.serverId, name: name || info.name || 'server' },
      ...(identityKey !== undefined && { identityKey }),
    };
  } finally {
    agent.destroy();
  }
}

/** A server that is no node yet. */
function stranger(agent: PinnedAgent, url: string, deadlineMs: number, key?: string) {
  const send = async (question: LinkQuestion): Promise<ExchangeAnswer> => {
    const { method, path, body, maxBytes = 64 * 1024, withKey = true, isRepeatable } = question;
    const headers: Record<string, string> =
      withKey && key !== undefined ? { 'x-nvr-auth': key } : {};
    const answer = await exchange({
      ...{ agent, url, method, path, body, maxBytes, headers, deadlineMs, isRepeatable },
    });
    const refusal = refusalOf(url, answer);
    if (refusal) throw refusal;
    return answer;
  };
  return { node: { id: '', url }, send };
}

async function certificateOf(url: string, { guard, deadlineMs }: Asking) {
  const socket = await connectPinned({ url, guard, connectMs: deadlineMs });
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (!certificate) throw new FluxError('ERR_NODE_UNREACHABLE', `${url} shows no certificate.`);
  return {
    fingerprint: certificate.fingerprint256,
    subject: plainText(certificate.subject.replaceAll('\n', ', '), 200),
    validTo: Date.parse(certificate.validTo) || 0,
    selfSigned: certificate.checkIssued(certificate),
  };
}

// How a home gets to know a node: who it is and what it speaks, before anything secret; then the pairing.
import { randomBytes } from 'node:crypto';
import { FluxError, isFluxError } from '../errors.js';
import { type ExchangeAnswer, exchange } from './exchange.js';
import type { FederationSelf, LinkQuestion } from './node-link.js';
import type { FederationNode } from './node-registry.js';
import { itself } from './node-registry.js';
import { PinnedAgent, type PinnedTarget } from './pinned-agent.js';
import { readInfo, readPaired, readProof } from './read-answers.js';
import { isProven } from './server-identity.js';
import type { NodeInfo, PairedNode } from './wire.js';

/** Of the interface between servers, that this release speaks. */
const API = { min: 1, max: 1 };
/** An `origins` of a PairRequest holds no more. */
const MAX_ORIGINS = 16;

interface Greeted {
  readonly node: Pick<FederationNode, 'id' | 'url'>;
  send(question: LinkQuestion): Promise<ExchangeAnswer>;
}

/** Says what it comes to, and tells the node who we are. */
export async function greet(
  link: Greeted,
  self: FederationSelf,
  comesTo: (state: 'CONNECTING' | 'AUTHENTICATING') => void,
): Promise<PairedNode> {
  comesTo('CONNECTING');
  const info = await askInfo(link);
  requireIdentity(link, info.serverId, self);
  comesTo('AUTHENTICATING');
  return introduce(link, self);
}

/** What the node says to anybody. `ERR_NODE_VERSION`. */
export async function askInfo(link: Pick<Greeted, 'send' | 'node'>): Promise<NodeInfo> {
  const { body } = await link.send({
    ...{ method: 'GET', path: '/api/discovery/info', maxBytes: 64 * 1024, withKey: false },
  });
  const info = readInfo(body);
  requireVersion(link.node.url, info);
  return info;
}

/** Pairs, or refreshes what the node knows of us. */
export async function introduce(link: Greeted, self: FederationSelf): Promise<PairedNode> {
  const { serverId, name, origins } = self;
  const body = { homeId: serverId, name, origins: origins.slice(0, MAX_ORIGINS) };
  const question = {
    method: 'POST',
    path: '/api/federation/pair',
    body,
    isRepeatable: true,
  } as const;
  const answer = await link.send(question).catch((error: unknown) => {
    if (!isFluxError(error, 'ERR_NOT_FOUND')) throw error;
    throw new FluxError(
      'ERR_NODE_VERSION',
      `${link.node.url} is too old to be a node of another server: update it.`,
    );
  });
  const paired = readPaired(answer.body);
  requireIdentity(link, paired.serverId, self);
  return paired;
}

/** Asks who shows a certificate that is not known whether it is the node; nothing secret goes there. */
export async function provesCertificate(claim: {
  target: PinnedTarget & { fingerprint: string };
  deadlineMs: number;
  serverId: string;
  identityKey: string;
}): Promise<boolean> {
  const { target, deadlineMs, serverId, identityKey: publicKey } = claim;
  const { url, fingerprint } = target;
  const agent = new PinnedAgent(target, 1);
  const nonce = randomBytes(32).toString('base64url');
  try {
    const { body } = await exchange({
      ...{ agent, url, method: 'POST', path: '/api/federation/identity', body: { nonce } },
      ...{ deadlineMs, maxBytes: 4096, isRepeatable: true },
    });
    return isProven({ publicKey, serverId, nonce, fingerprint, signature: readProof(body) });
  } catch {
    return false;
  } finally {
    agent.destroy();
  }
}

function requireIdentity({ node }: Greeted, serverId: string, self: FederationSelf): void {
  if (serverId === self.serverId) throw itself();
  if (serverId === node.id) return;
  throw new FluxError(
    'ERR_NODE_IDENTITY',
    `At ${node.url} another server answers now. Remove this one, and add the other.`,
  );
}

function requireVersion(url: string, { apiMin, apiMax, version }: NodeInfo): void {
  if (apiMin <= API.max && apiMax >= API.min) return;
  const older = apiMin > API.max ? 'this server' : 'that one';
  throw new FluxError(
    'ERR_NODE_VERSION',
    `${url} (release ${version}) speaks versions ${apiMin} to ${apiMax} of the interface, this server ${API.min} to ${API.max}. Update ${older}, which is the older one.`,
  );
}

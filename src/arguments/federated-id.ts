// Ids of what is at another server: `<id there>@<serverId>`, so that equal ids of two servers stay apart.
import { invalidArgument } from './check.js';
import { uuid } from './values.js';

/** Of cameras, recordings and export jobs, as each server gives them. */
const LOCAL = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const SERVER = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A federated id, taken apart. */
export interface FederatedId {
  /** The `serverId` of the server that it is at. */
  nodeId: string;
  /** As that server names it. */
  id: string;
}

/** `<id>@<nodeId>`. `ERR_INVALID_ARGUMENT` where one of them is none. */
export function federatedId(nodeId: string, id: string): string {
  uuid('federatedId: nodeId', nodeId);
  if (typeof id !== 'string' || !LOCAL.test(id)) {
    throw invalidArgument('federatedId: id', '1 to 64 of A-Z, a-z, 0-9, dot, _ and hyphen', id);
  }
  return `${id}@${nodeId}`;
}

/** Undefined for what is no federated id: one of this server, for instance. */
export function splitFederatedId(text: string): FederatedId | undefined {
  const at = text.indexOf('@');
  if (at < 1) return undefined;
  const [id, nodeId] = [text.slice(0, at), text.slice(at + 1)];
  return LOCAL.test(id) && SERVER.test(nodeId) ? { nodeId, id } : undefined;
}

/** True where `id` can be the id of something at a server. */
export function isLocalId(id: string): boolean {
  return LOCAL.test(id);
}

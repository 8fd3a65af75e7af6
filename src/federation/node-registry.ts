// The servers that this one knows: what is told of them in a setting of config.db, their keys as secrets.
import { EventEmitter } from 'node:events';
import {
  type Check,
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  optional,
  text,
  uuid,
} from '../arguments/index.js';
import { ConfigStore } from '../config/index.js';
import { FluxError } from '../errors.js';
import { warn } from '../events.js';
import { noNode } from './fault.js';
import { fingerprintOf, originOf } from './node-address.js';
import { isIdentityKey } from './server-identity.js';

/** A server that this one knows. */
export interface FederationNode {
  /** Its `serverId`. */
  id: string;
  label: string;
  /** What it calls itself. */
  name: string;
  /** Origin, https. */
  url: string;
  /** Origin for browsers, where it is another one. */
  directUrl?: string;
  /** SHA-256 of its certificate, hexadecimal with colons. The key goes to nobody else. */
  fingerprint: string;
  /** With which it proves another certificate to be its own. */
  identityKey?: string;
  enabled: boolean;
  favourite: boolean;
  group?: string;
  /** -100 to 100: higher ones are connected first. */
  priority: number;
  /** UTC milliseconds. */
  createdAt: number;
}

/** What {@link NodeRegistry.add} takes. */
export interface NewFederationNode {
  id: string;
  /** Default: `name`. */
  label?: string;
  name: string;
  url: string;
  directUrl?: string;
  fingerprint: string;
  identityKey?: string;
  /** `fvk_...`, made there. */
  apiKey: string;
  enabled?: boolean;
  favourite?: boolean;
  group?: string;
  priority?: number;
}

/** What {@link NodeRegistry.update} takes: what is absent stays; `''` removes a text. */
export interface FederationNodeChange {
  label?: string;
  name?: string;
  url?: string;
  directUrl?: string;
  fingerprint?: string;
  identityKey?: string;
  apiKey?: string;
  enabled?: boolean;
  favourite?: boolean;
  group?: string;
  priority?: number;
  /** Another `url` or `fingerprint` without another key: somebody has compared the certificate. */
  acceptFingerprint?: boolean;
}

/** Options of {@link NodeRegistry}. */
export interface NodeRegistryOptions {
  /** Keeps it; stays open. */
  store: ConfigStore;
  /** Of this server: it is no node of itself. */
  serverId: string;
}

const SETTING = 'remote_nodes';
const MAX_NODES = 100;
const label = text(1, 100);
const priority = integer(-100, 100);

const origin: Check<string> = (name, value) => originOf(text(1, 300)(name, value));
const fingerprint: Check<string> = (name, value) => {
  const found = fingerprintOf(text(64, 95)(name, value));
  if (found === undefined) throw invalidArgument(name, 'a SHA-256 in hexadecimal', value);
  return found;
};
const identityKey: Check<string> = (name, value) => {
  if (isIdentityKey(value)) return value;
  throw invalidArgument(name, 'a public key of a server', value);
};
/** No error may show it. */
const apiKey: Check<string> = (name, value) => {
  if (typeof value === 'string' && /^fvk_[A-Za-z0-9_-]{16,196}$/.test(value)) return value;
  throw new FluxError(
    'ERR_INVALID_ARGUMENT',
    `${name} must be a key that was made there: fvk_ and what follows it.`,
  );
};
const removable =
  (check: Check<string>): Check<string> =>
  (name, value) =>
    value === '' ? '' : check(name, value);

const NEW_NODE = {
  id: uuid,
  label: optional(label),
  name: label,
  url: origin,
  directUrl: optional(origin),
  fingerprint,
  identityKey: optional(identityKey),
  apiKey,
  enabled: optional(flag, true),
  favourite: optional(flag, false),
  group: optional(label),
  priority: optional(priority, 0),
};
const CHANGE = {
  label: optional(label),
  name: optional(label),
  url: optional(origin),
  directUrl: optional(removable(origin)),
  fingerprint: optional(fingerprint),
  identityKey: optional(identityKey),
  apiKey: optional(apiKey),
  enabled: optional(flag),
  favourite: optional(flag),
  group: optional(removable(label)),
  priority: optional(priority),
  acceptFingerprint: optional(flag, false),
};

/**
 * The nodes of this server, at most 100. Everything is sealed at rest; keys never leave it but for
 * {@link FederationClient}, which sends them to the certificate that they were given for.
 */
export class NodeRegistry extends EventEmitter<{ changed: [id: string] }> {
  /** Of this server. */
  readonly serverId: string;
  readonly #store: ConfigStore;
  readonly #nodes = new Map<string, FederationNode>();

  /** `ERR_CONFIG` where the store cannot be read. */
  constructor(options: NodeRegistryOptions) {
    super();
    const { store, serverId } = checkOptions('NodeRegistry', options, {
      store: instanceOf(ConfigStore),
      serverId: uuid,
    });
    this.serverId = serverId;
    this.#store = store;
    this.#read();
  }

  /** Favourites first, then by label. */
  list(): FederationNode[] {
    return [...this.#nodes.values()]
      .sort((a, b) => Number(b.favourite) - Number(a.favourite) || compare(a.label, b.label))
      .map((node) => ({ ...node }));
  }

  /** `ERR_NODE_NOT_FOUND`. */
  get(id: string): FederationNode {
    const node = this.#nodes.get(id);
    if (!node) throw noNode(String(id));
    return { ...node };
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /**
   * `ERR_NODE_EXISTS` for a server that is there already, under whichever address; `ERR_NODE_SELF`;
   * `ERR_LIMIT` beyond 100.
   */
  add(node: NewFederationNode): FederationNode {
    const { apiKey: key, ...given } = checkOptions('NodeRegistry.add', node, NEW_NODE);
    if (given.id === this.serverId) throw itself();
    this.requireAddable(given.id, given.url);
    const added: FederationNode = {
      ...{ id: given.id, label: given.label ?? given.name, name: given.name, url: given.url },
      ...(given.directUrl !== undefined && { directUrl: given.directUrl }),
      ...(given.identityKey !== undefined && { identityKey: given.identityKey }),
      ...{ fingerprint: given.fingerprint, enabled: given.enabled, favourite: given.favourite },
      ...(given.group !== undefined && { group: given.group }),
      ...{ priority: given.priority, createdAt: Date.now() },
    };
    this.#store.setSecret(secretOf(added.id), key);
    this.#keep(added);
    return { ...added };
  }

  /**
   * `ERR_NODE_NOT_FOUND`; `ERR_NODE_EXISTS` for the address of another one; `ERR_STATE` for another
   * address or certificate where neither another key nor `acceptFingerprint` comes with it.
   */
  update(id: string, change: FederationNodeChange): FederationNode {
    const before = this.get(id);
    const {
      apiKey: key,
      acceptFingerprint,
      ...given
    } = checkOptions('NodeRegistry.update', change, CHANGE);
    if (given.url !== undefined && given.url !== before.url)
      this.#requireUnknown(undefined, given.url);
    const isElsewhere =
      (given.url ?? before.url) !== before.url ||
      (given.fingerprint ?? before.fingerprint) !== before.fingerprint;
    if (isElsewhere && key === undefined && !acceptFingerprint) {
      throw new FluxError(
        'ERR_STATE',
        'The key is for the server that it was given for. Give the key again with another address, or accept the certificate.',
      );
    }
    const told = Object.entries(given).filter(([, value]) => value !== undefined);
    const changed = { ...before, ...Object.fromEntries(told) } as FederationNode;
    if (changed.directUrl === '') delete changed.directUrl;
    if (changed.group === '') delete changed.group;
    if (key !== undefined) this.#store.setSecret(secretOf(id), key);
    this.#keep(changed);
    return { ...changed };
  }

  /** `ERR_NODE_NOT_FOUND`. Its key goes, too. */
  remove(id: string): void {
    this.get(id);
    this.#nodes.delete(id);
    this.#write();
    this.#store.removeSecret(secretOf(id));
    this.emit('changed', id);
  }

  /**
   * The key of a node: for {@link FederationClient}, and for what is said over its `connect`. Show it to
   * nobody else. `ERR_NODE_KEY` where there is none.
   */
  keyOf(id: string): string {
    const key = this.#store.secret(secretOf(id));
    if (key !== undefined) return key;
    throw new FluxError(
      'ERR_NODE_KEY',
      `There is no key for '${this.get(id).label}'. Make one there, and enter it.`,
    );
  }

  /**
   * As {@link add} would refuse it, before a key is sent anywhere.
   *
   * @internal
   */
  requireAddable(id: string, url: string): void {
    this.#requireUnknown(id, url);
    if (this.#nodes.size < MAX_NODES) return;
    throw new FluxError('ERR_LIMIT', `There are ${MAX_NODES} servers in the list: remove one.`);
  }

  #requireUnknown(id: string | undefined, url: string): void {
    for (const node of this.#nodes.values()) {
      if (node.id === id || node.url === url) {
        throw new FluxError(
          'ERR_NODE_EXISTS',
          `This server is in the list already, as '${node.label}' at ${node.url}.`,
        );
      }
    }
  }

  #keep(node: FederationNode): void {
    this.#nodes.set(node.id, node);
    this.#write();
    this.emit('changed', node.id);
  }

  #read(): void {
    const rows = this.#store.setting(SETTING);
    let dropped = 0;
    for (const row of Array.isArray(rows) ? rows : []) {
      const node = nodeOf(row);
      if (node && node.id !== this.serverId) this.#nodes.set(node.id, node);
      else dropped += 1;
    }
    if (dropped === 0) return;
    this.#write();
    const kept = new Set([...this.#nodes.keys()].map(secretOf));
    for (const name of this.#store.secretNames()) {
      if (name.startsWith(secretOf('')) && !kept.has(name)) this.#store.removeSecret(name);
    }
    warn(
      new FluxError(
        'ERR_NODE_NOT_FOUND',
        `${dropped} servers of the list were written by an older release, without their ids. Add them again.`,
      ),
    );
  }

  #write(): void {
    this.#store.setSetting(SETTING, [...this.#nodes.values()]);
  }
}

/** This server cannot be a node of itself. */
export function itself(): FluxError {
  return new FluxError('ERR_NODE_SELF', 'This is the address of this server itself.');
}

/** Undefined for what an older release kept: its id is no server's. */
function nodeOf(row: unknown): FederationNode | undefined {
  const { id, name, url, fingerprint: pin, priority: order } = (row ?? {}) as FederationNode;
  const isWhole = [id, name, url].every((value) => typeof value === 'string');
  if (!isWhole || typeof order !== 'number' || fingerprintOf(String(pin)) === undefined) {
    return undefined;
  }
  return row as FederationNode;
}

/** Of the key that opens a node. */
function secretOf(id: string): string {
  return `node:${id}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

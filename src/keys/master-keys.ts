// The top of the hierarchy while it is open: a root has given its private key, and with it the
// master keys. Rotation needs the roots' public keys alone, so a TPM at another site or a recovery
// key in a safe need not be there.
import { randomUUID } from 'node:crypto';
import { FluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { encodeFields } from './encoding.js';
import { type AddedRoot, makeRoot, type NewRoot, unlockRoot } from './root-key.js';
import {
  createRecord,
  damaged,
  type MasterEntry,
  type RootEntry,
  type RootRecord,
  readRecord,
  replaceRecord,
  rootPath,
  signedBytes,
  signRecord,
  type UnsignedRootRecord,
} from './root-record.js';
import { openRootV1, type RootV1Record } from './root-v1.js';
import type { NewRootOptions, RootOptions } from './roots/index.js';

export class MasterKeys {
  readonly directory: string;
  #record: RootRecord;
  /** The root that opened, and its private key: it opens later revisions too. */
  readonly #rootId: string;
  readonly #rootKey: NativeKey;
  #masters = new Map<string, NativeKey>();
  #identity: NativeKey;

  private constructor(
    directory: string,
    record: RootRecord,
    root: { id: string; privateKey: NativeKey },
    opened: Opened,
  ) {
    this.directory = directory;
    this.#record = record;
    this.#rootId = root.id;
    this.#rootKey = root.privateKey;
    this.#masters = opened.masters;
    this.#identity = opened.identity;
  }

  /** Makes a store's root.json with these roots; the first is the one that stays open. */
  static async create(
    directory: string,
    options: readonly NewRootOptions[],
  ): Promise<{ masters: MasterKeys; added: AddedRoot[] }> {
    const identity = native.generateP256();
    const made = await MasterKeys.#build(options, randomUUID(), identity, newMaster());
    await createRecord(directory, made.record);
    return { masters: MasterKeys.#ofBuilt(directory, made), added: made.roots };
  }

  /** Opens with the first of `roots` that is of a kind the store has, in the order given. */
  static async open(directory: string, options: RootOptions): Promise<MasterKeys> {
    const record = readRecord(directory);
    if (record.version === 1) return MasterKeys.#migrate(directory, record, options);
    const root = await unlockRoot(record, directory, options);
    const opened = openRecord(directory, record, root);
    return new MasterKeys(directory, record, root, opened);
  }

  /** The newest master key: it wraps what is wrapped from now on. */
  get newest(): { id: string; key: NativeKey } {
    const { id } = newestOf(this.#record);
    return { id, key: this.#masters.get(id) as NativeKey };
  }

  get record(): RootRecord {
    return this.#record;
  }

  /** True while a rotation waits to be finished. */
  get rotating(): boolean {
    return this.#record.masters.length > 1;
  }

  /** A master key by id; after another process rotated, read anew from root.json. */
  find(id: string): NativeKey | undefined {
    if (!this.#masters.has(id)) this.reload();
    return this.#masters.get(id);
  }

  /** Takes over what another process wrote to root.json. */
  reload(): void {
    const record = readRecord(this.directory);
    if (record.version === 1 || record.revision === this.#record.revision) return;
    if (record.identity.publicKey !== this.#record.identity.publicKey) {
      throw damaged(rootPath(this.directory), 'belongs to another store');
    }
    if (record.revision < this.#record.revision) {
      throw damaged(rootPath(this.directory), 'is older than it was a moment ago');
    }
    const opened = openRecord(this.directory, record, {
      id: this.#rootId,
      privateKey: this.#rootKey,
    });
    this.#record = record;
    this.#masters = opened.masters;
    this.#identity = opened.identity;
  }

  /** Makes a root, which takes time; addPrepared() puts it into the record. */
  async prepareRoot(options: NewRootOptions): Promise<AddedRoot> {
    const { entry, recoveryKey } = await makeRoot(
      options,
      this.#record.storeId,
      Buffer.from(this.#record.identity.publicKey, 'hex'),
    );
    return { entry, ...(recoveryKey !== undefined && { recoveryKey }) };
  }

  // What follows is called under the write lock of keys.db, which makes processes take turns.

  addPrepared(entry: RootEntry): void {
    this.#change((record) => {
      record.roots.push(entry);
      for (const master of record.masters) {
        const key = this.#masters.get(master.id) as NativeKey;
        master.grants[entry.id] = grant(record.storeId, master, key, entry);
      }
    });
  }

  /** ERR_ROOT_NOT_FOUND; ERR_ROOT_LAST for the last one, which would lose everything. */
  removeRoot(id: string): RootEntry {
    const root = this.#record.roots.find((entry) => entry.id === id);
    if (!root) throw new FluxError('ERR_ROOT_NOT_FOUND', `The store has no root ${id}.`);
    // Recovery alone would do, but a store that only paper opens does not start on its own.
    if (!this.#record.roots.some((entry) => entry.id !== id && entry.type !== 'recovery')) {
      throw new FluxError(
        'ERR_ROOT_LAST',
        'This is the last root that opens the store in daily work. Add another one first.',
      );
    }
    this.#change((record) => {
      record.roots = record.roots.filter((entry) => entry.id !== id);
      for (const master of record.masters) delete master.grants[id];
    });
    return root;
  }

  /** First half of a rotation: a new master key is in root.json, beside the old one. */
  beginRotation(): { id: string; key: NativeKey } {
    const { entry, key } = newMaster();
    this.#change((record) => {
      for (const root of record.roots) {
        entry.grants[root.id] = grant(record.storeId, entry, key, root);
      }
      record.masters.push(entry);
      this.#masters.set(entry.id, key);
    });
    return { id: entry.id, key };
  }

  /** Second half: the old master keys leave root.json. Nothing may be wrapped under them any more. */
  finishRotation(): void {
    const { id, key } = this.newest;
    this.#change((record) => {
      record.masters = record.masters.filter((master) => master.id === id);
      this.#masters = new Map([[id, key]]);
    });
  }

  #change(mutate: (record: UnsignedRootRecord) => void): void {
    const { signature: _, ...record } = structuredClone(this.#record);
    const masters = new Map(this.#masters);
    try {
      mutate(record);
      record.revision += 1;
      const { id } = newestOf(record);
      record.identity.wrapped = wrapIdentity(record, id, this.#masters, this.#identity);
      const signed = signRecord(record, this.#identity);
      replaceRecord(this.directory, signed);
      this.#record = signed;
    } catch (error) {
      this.#masters = masters;
      throw error;
    }
  }

  static async #build(
    options: readonly NewRootOptions[],
    storeId: string,
    identity: NativeKey,
    master: { entry: MasterEntry; key: NativeKey },
  ): Promise<Built> {
    const identityPublic = native.p256PublicKey(identity);
    const roots: NewRoot[] = [];
    for (const option of options) roots.push(await makeRoot(option, storeId, identityPublic));
    for (const { entry } of roots) {
      master.entry.grants[entry.id] = grant(storeId, master.entry, master.key, entry);
    }
    const unsigned: UnsignedRootRecord = {
      version: 2,
      storeId,
      revision: 1,
      identity: { publicKey: identityPublic.toString('hex'), wrapped: '' },
      roots: roots.map(({ entry }) => entry),
      masters: [master.entry],
    };
    const masters = new Map([[master.entry.id, master.key]]);
    unsigned.identity.wrapped = wrapIdentity(unsigned, master.entry.id, masters, identity);
    return { record: signRecord(unsigned, identity), roots, opened: { masters, identity } };
  }

  /** Turns a version 1 file, one passphrase and one master key, into version 2 in one step. */
  static async #migrate(
    directory: string,
    old: RootV1Record,
    options: RootOptions,
  ): Promise<MasterKeys> {
    if (options.type !== 'passphrase') {
      throw new FluxError(
        'ERR_ROOT_NOT_FOUND',
        'This store has a passphrase only. Open it with that once, then add other roots.',
      );
    }
    const key = await openRootV1(rootPath(directory), old, options.passphrase);
    const entry: MasterEntry = { id: old.mekId, createdAt: old.created, grants: {} };
    const { iterations } = old.kdf;
    const made = await MasterKeys.#build(
      [{ type: 'passphrase', passphrase: options.passphrase, iterations }],
      randomUUID(),
      native.generateP256(),
      { entry, key },
    );
    replaceRecord(directory, made.record);
    return MasterKeys.#ofBuilt(directory, made);
  }

  static #ofBuilt(directory: string, built: Built): MasterKeys {
    const first = built.roots[0] as NewRoot;
    const root = { id: first.entry.id, privateKey: first.privateKey };
    return new MasterKeys(directory, built.record, root, built.opened);
  }
}

interface Opened {
  masters: Map<string, NativeKey>;
  identity: NativeKey;
}

interface Built {
  record: RootRecord;
  roots: NewRoot[];
  opened: Opened;
}

function newMaster(): { entry: MasterEntry; key: NativeKey } {
  const entry: MasterEntry = { id: randomUUID(), createdAt: Date.now(), grants: {} };
  return { entry, key: native.generateKey() };
}

function newestOf(record: UnsignedRootRecord): MasterEntry {
  return record.masters.at(-1) as MasterEntry;
}

function grantContext(storeId: string, master: MasterEntry, root: RootEntry, ephemeral: string) {
  return encodeFields([
    'fluxvision/grant/v2',
    storeId,
    master.id,
    master.createdAt,
    root.id,
    root.publicKey,
    ephemeral,
  ]);
}

/** A master key for a root: sealed to its public key (ECDH with an ephemeral key, then ARIA). */
function grant(storeId: string, master: MasterEntry, key: NativeKey, root: RootEntry) {
  const pair = native.generateP256();
  const ephemeral = native.p256PublicKey(pair).toString('hex');
  const context = grantContext(storeId, master, root, ephemeral);
  const agreed = native.agreeP256(pair, Buffer.from(root.publicKey, 'hex'), context);
  return { ephemeral, wrapped: native.wrapKey(agreed, key, context).toString('base64') };
}

function identityContext(record: UnsignedRootRecord, masterId: string): Buffer {
  const { storeId, identity } = record;
  return encodeFields(['fluxvision/identity/v2', storeId, identity.publicKey, masterId]);
}

function wrapIdentity(
  record: UnsignedRootRecord,
  masterId: string,
  masters: ReadonlyMap<string, NativeKey>,
  identity: NativeKey,
): string {
  const key = masters.get(masterId) as NativeKey;
  return native.wrapKey(key, identity, identityContext(record, masterId)).toString('base64');
}

/** Verifies the record and opens its master keys; only then is anything in it believed. */
function openRecord(
  directory: string,
  record: RootRecord,
  root: { id: string; privateKey: NativeKey },
): Opened {
  const path = rootPath(directory);
  const identityPublic = Buffer.from(record.identity.publicKey, 'hex');
  const signature = Buffer.from(record.signature, 'hex');
  if (!native.verifyP256(identityPublic, signedBytes(record), signature)) {
    throw damaged(path, 'was altered: its signature does not fit');
  }
  const entry = record.roots.find(({ id }) => id === root.id);
  if (!entry) {
    throw new FluxError('ERR_ROOT_NOT_FOUND', `The root ${root.id} was removed from the store.`);
  }
  const masters = new Map<string, NativeKey>();
  try {
    for (const master of record.masters) {
      const { ephemeral, wrapped } = master.grants[entry.id] as MasterEntry['grants'][string];
      const context = grantContext(record.storeId, master, entry, ephemeral);
      const agreed = native.agreeP256(root.privateKey, Buffer.from(ephemeral, 'hex'), context);
      masters.set(master.id, native.unwrapKey(agreed, Buffer.from(wrapped, 'base64'), context));
    }
    const newest = newestOf(record).id;
    const identity = native.unwrapKey(
      masters.get(newest) as NativeKey,
      Buffer.from(record.identity.wrapped, 'base64'),
      identityContext(record, newest),
    );
    return { masters, identity };
  } catch (error) {
    throw damaged(path, 'does not open, though its signature fits', error);
  }
}

// What a process knows of the end of a log it appends to. A signer never takes the file's word for
// it: it signs only what goes on from the last checkpoint that it verified.
import { FluxError } from '../errors.js';
import type { AuditStore, CheckpointRow } from './audit-store.js';
import {
  type AuditSigner,
  type Checkpoint,
  isSignedBy,
  namesKey,
  parseCheckpoint,
} from './checkpoint.js';
import {
  type EntryRow,
  genesisHash,
  hashEntry,
  isWellFormed,
  KEY_ACTION,
  RESERVED_PREFIX,
} from './entry.js';
import { MerkleTree } from './merkle-tree.js';
import { keyId } from './p256.js';

/** Immutable in effect: a transaction works on a copy, and a rolled back one leaves no trace. */
export class LogEnd {
  private constructor(
    private readonly store: AuditStore,
    /** Hash of the last entry. */
    public hash: Buffer,
    /** Number of entries. */
    public size: number,
    /** Number of entries that a checkpoint covers. */
    public signed: number,
    /** Undefined without a signer: who signs nothing needs no tree. */
    private readonly tree: MerkleTree | undefined,
    private before: Buffer = Buffer.alloc(0),
  ) {}

  /** For appending without a key: behind whatever is there. */
  static unsigned(store: AuditStore): LogEnd {
    const size = store.lastSeq();
    const last = store.entry(size);
    return new LogEnd(store, last?.hash ?? genesisHash(store.logId), size, 0, undefined);
  }

  /** For signing: behind the last checkpoint, which must be of this key. */
  static signed(store: AuditStore, signer: AuditSigner): LogEnd {
    const row = store.latestCheckpoint();
    const genesis = genesisHash(store.logId);
    if (!row) return new LogEnd(store, genesis, 0, 0, MerkleTree.empty());
    const checkpoint = openCheckpoint(store, row, signer);
    const tree = row.tree && MerkleTree.restore(row.size - 1, row.tree);
    const last = store.entry(row.size);
    if (!tree || !last || !isWellFormed(last)) {
      throw altered(store, `entry ${row.size}, which a checkpoint covers, cannot be read`);
    }
    const hash = hashEntry(last);
    tree.add(hash);
    if (!tree.root().equals(checkpoint.root) || !hash.equals(last.hash)) {
      throw altered(store, `entry ${row.size} is not the one that was signed`);
    }
    // Both keys sign the entry that goes over from one to the other; from there on only the new one.
    const own = keyId(signer.publicKey).toString('hex');
    if (last.action === KEY_ACTION && last.subject !== own) throw keyChanged(store);
    return new LogEnd(store, hash, row.size, row.size, tree);
  }

  copy(): LogEnd {
    return new LogEnd(
      this.store,
      this.hash,
      this.size,
      this.signed,
      this.tree?.copy(),
      this.before,
    );
  }

  /** The Merkle root over all entries. */
  root(): Buffer {
    if (!this.tree) throw new Error('without a signer there is no tree');
    return this.tree.root();
  }

  /** MerkleTree.state() before the last entry was added: the root proves it, and that entry. */
  treeBefore(): Buffer {
    return this.before;
  }

  /** Goes behind an entry that follows. */
  advance(hash: Buffer): void {
    if (this.tree) this.before = this.tree.state();
    this.tree?.add(hash);
    this.hash = hash;
    this.size += 1;
  }

  /**
   * Goes behind what other processes appended meanwhile. Throws ERR_AUDIT_ALTERED where the file is
   * not a continuation of what this process saw, ERR_AUDIT_KEY where another key signs now.
   */
  catchUp(signer: AuditSigner | undefined): void {
    this.#requireUnchanged();
    const row = signer && this.store.latestCheckpoint();
    if (signer && (row?.size ?? 0) < this.signed) {
      throw altered(this.store, `the checkpoint of ${this.signed} entries is gone`);
    }
    const isNew = row !== undefined && row.size > this.signed;
    // Whether it is this key's is asked only where it is not one that was verified before.
    const checkpoint = isNew && signer ? openCheckpoint(this.store, row, signer) : undefined;
    for (;;) {
      const page = this.store.page(this.size);
      if (page.length === 0) break;
      for (const entry of page) {
        this.#take(entry, signer !== undefined, checkpoint?.size ?? this.signed);
        if (entry.seq === checkpoint?.size && !this.root().equals(checkpoint.root)) {
          throw altered(this.store, `the checkpoint of ${entry.seq} entries does not fit them`);
        }
      }
    }
    if (checkpoint && checkpoint.size > this.size) {
      throw altered(this.store, `entries from ${this.size + 1} on are gone`);
    }
    if (checkpoint) this.signed = checkpoint.size;
  }

  #requireUnchanged(): void {
    if (this.size === 0) return;
    const last = this.store.entry(this.size);
    if (!last) throw altered(this.store, `entry ${this.size} is gone`);
    if (!isWellFormed(last) || !last.hash.equals(this.hash)) {
      throw altered(this.store, `entry ${this.size} is another than before`);
    }
  }

  #take(entry: EntryRow, signs: boolean, signed: number): void {
    const follows =
      isWellFormed(entry) &&
      entry.seq === this.size + 1 &&
      entry.prev.equals(this.hash) &&
      hashEntry(entry).equals(entry.hash);
    if (!follows)
      throw altered(this.store, `entry ${this.size + 1} does not follow the one before`);
    if (signs && entry.action === KEY_ACTION && entry.seq <= signed) throw keyChanged(this.store);
    if (signs && entry.action.startsWith(RESERVED_PREFIX) && entry.seq > signed) {
      throw altered(this.store, `entry ${entry.seq} says ${entry.action}, and no key signed it`);
    }
    this.advance(entry.hash);
  }
}

function openCheckpoint(store: AuditStore, row: CheckpointRow, signer: AuditSigner): Checkpoint {
  let checkpoint: Checkpoint;
  try {
    checkpoint = parseCheckpoint(row.text ?? '');
  } catch (error) {
    throw altered(store, `the checkpoint of ${row.size} entries cannot be read`, error);
  }
  if (!namesKey(checkpoint, signer.publicKey)) throw keyChanged(store);
  if (checkpoint.size !== row.size || !isSignedBy(checkpoint, signer.publicKey)) {
    throw altered(store, `the checkpoint of ${row.size} entries is not what was signed`);
  }
  return checkpoint;
}

function keyChanged(store: AuditStore): FluxError {
  return new FluxError(
    'ERR_AUDIT_KEY',
    `${store.path} is signed by another key than the one given. Open it with the key that signs it ` +
      'now; to go over to a new one, call changeKey() on a log that the old one opened.',
  );
}

function altered(store: AuditStore, what: string, cause?: unknown): FluxError {
  return new FluxError(
    'ERR_AUDIT_ALTERED',
    `${store.path} was altered: ${what}. Nothing was appended. Run "fluxvision audit verify", keep ` +
      'the file as evidence, and move it away so that a new log can begin.',
    { cause },
  );
}

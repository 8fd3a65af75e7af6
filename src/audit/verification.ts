// Verifies a whole log: every hash, the chain, the Merkle roots and the signatures, page by page.
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../events.js';
import type { AuditStore, CheckpointRow } from './audit-store.js';
import { type Checkpoint, isSignedBy, originOf, parseCheckpoint } from './checkpoint.js';
import { ADOPT_ACTION, type EntryRow, genesisHash, KEY_ACTION, parseDetail } from './entry.js';
import { findBreak } from './first-bad.js';
import { MerkleTree } from './merkle-tree.js';
import { isPublicKey } from './p256.js';

/**
 * What is wrong. `altered`: the content is not what was written; `missing`: entries were taken out;
 * `reordered`: an entry stands elsewhere; `cut`: entries at the end are gone; `fork`: the log is not a
 * continuation of the checkpoint that was given; `signature`: a checkpoint is not what its key signed;
 * `key`: a key that nobody vouches for; `unsigned`: nobody signed these entries yet.
 */
export type AuditFaultReason =
  | 'altered'
  | 'missing'
  | 'reordered'
  | 'cut'
  | 'fork'
  | 'signature'
  | 'key'
  | 'unsigned';

/** The first thing that is wrong with a log. */
export interface AuditFault {
  /** Number of the first bad entry. */
  seq: number;
  /** Where only a range can be told: the first bad entry is one of [seq, until]. Else equals seq. */
  until: number;
  reason: AuditFaultReason;
  message: string;
}

/** How far a verification is. */
export interface AuditVerifyProgress {
  /** Entries verified so far, of how many. */
  done: number;
  total: number;
}

/** What {@link AuditLog.verify} found. */
export interface AuditVerification {
  /** True where every entry is as it was written, and signed. */
  ok: boolean;
  /** UUID of the log. */
  logId: string;
  /** Entries that are there. */
  entries: number;
  /** Entries from the first on that are as they were written and covered by a valid signature. */
  signedEntries: number;
  /** Of these, entries that were written without a key, and were signed later as they were found. */
  adoptedEntries: number;
  /** Entries whose time is before that of the entry before them: a clock was set back. No fault. */
  timeReversals: number;
  firstBad?: AuditFault;
  /** True where the signatures lead to the public key that was given, and not only to the log's own. */
  trusted: boolean;
  /** The key that signs now, by the entries up to the first bad one: lower-case hex of 65 bytes. */
  publicKey?: string;
}

interface Settings {
  publicKey?: Uint8Array | undefined;
  checkpoint?: Checkpoint | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: AuditVerifyProgress) => void) | undefined;
}

export async function verifyLog(store: AuditStore, settings: Settings): Promise<AuditVerification> {
  const walk = store.read(() => new Walk(store, settings));
  return walk.run();
}

class Walk {
  readonly #store: AuditStore;
  readonly #settings: Settings;
  readonly #tree = MerkleTree.empty();
  /** The state of the log that is verified: what is appended later is left out. */
  readonly #total: number;
  readonly #last: number;
  readonly #latest: CheckpointRow | undefined;
  readonly #checkpoints: Iterator<CheckpointRow, undefined>;
  #nextCheckpoint: CheckpointRow | undefined;
  #prev: Buffer;
  #lastTime = 0;
  /** Every key that signed, the present one last. */
  readonly #keys: Uint8Array[] = [];
  #trusted = false;
  #signed = 0;
  #adopted = 0;
  #timeReversals = 0;

  constructor(store: AuditStore, settings: Settings) {
    this.#store = store;
    this.#settings = settings;
    this.#total = store.count();
    this.#last = store.lastSeq();
    this.#latest = store.latestCheckpoint();
    this.#prev = genesisHash(store.logId);
    this.#checkpoints = checkpointsOf(store, this.#latest);
    this.#nextCheckpoint = this.#checkpoints.next().value;
  }

  async run(): Promise<AuditVerification> {
    const firstBad = this.#checkOrigin() ?? (await this.#checkEntries()) ?? this.#checkEnd();
    const key = this.#keys.at(-1);
    return {
      ok: firstBad === undefined,
      logId: this.#store.logId,
      entries: this.#total,
      signedEntries: this.#signed,
      adoptedEntries: this.#adopted,
      timeReversals: this.#timeReversals,
      ...(firstBad && { firstBad }),
      trusted: this.#trusted,
      ...(key && { publicKey: Buffer.from(key).toString('hex') }),
    };
  }

  #checkOrigin(): AuditFault | undefined {
    const { checkpoint } = this.#settings;
    if (!checkpoint || checkpoint.origin === originOf(this.#store.logId)) return undefined;
    return fault(
      'fork',
      [1, Math.max(1, this.#last)],
      `The checkpoint is of the log ${JSON.stringify(checkpoint.origin)}, this one is ` +
        `${originOf(this.#store.logId)}: the log was replaced, or the checkpoint is another storage's.`,
    );
  }

  async #checkEntries(): Promise<AuditFault | undefined> {
    const { signal, onProgress } = this.#settings;
    // From below the first number: what somebody put there is found too.
    let after: number | undefined;
    while (this.#tree.size < this.#last) {
      throwIfAborted(signal, 'Verifying the audit log');
      const page = this.#store.page(after);
      for (const row of page) {
        if (this.#tree.size === this.#last) break;
        const bad = this.#checkEntry(row);
        if (bad) return bad;
      }
      if (page.length === 0) return this.#gone();
      after = this.#tree.size;
      onProgress?.({ done: this.#tree.size, total: this.#total });
      await setImmediate();
    }
    return undefined;
  }

  #checkEntry(row: EntryRow): AuditFault | undefined {
    const seq = this.#tree.size + 1;
    const found = findBreak(this.#store, row, seq, this.#prev);
    if (found) return fault(found.reason, [found.seq, found.seq], found.message);
    if (row.time < this.#lastTime) this.#timeReversals += 1;
    this.#lastTime = row.time;
    this.#prev = row.hash;
    const before = this.#nextCheckpoint?.size === seq ? this.#tree.state() : undefined;
    this.#tree.add(row.hash);
    return (
      this.#checkGivenCheckpoint() ??
      (row.action === KEY_ACTION ? this.#checkKey(row) : undefined) ??
      (before && this.#checkCheckpoint(before)) ??
      this.#countAdopted(row)
    );
  }

  /** The checkpoint that was kept elsewhere, against the entries that it covers. */
  #checkGivenCheckpoint(): AuditFault | undefined {
    const { checkpoint } = this.#settings;
    if (checkpoint?.size !== this.#tree.size) return undefined;
    if (checkpoint.root.equals(this.#tree.root())) return undefined;
    return fault(
      'fork',
      [1, checkpoint.size],
      `The first ${checkpoint.size} entries are not those of the checkpoint that was given: the log ` +
        'was written anew from one of them on. An older checkpoint tells more closely from which.',
    );
  }

  /** An entry that names a signing key: the key before must have signed it, and so must the new one. */
  #checkKey(row: EntryRow): AuditFault | undefined {
    const named = parseDetail(row.detail).publicKey;
    const key = Buffer.from(typeof named === 'string' ? named : '', 'hex');
    const before = this.#keys.at(-1);
    const checkpoint =
      this.#nextCheckpoint?.size === row.seq ? read(this.#nextCheckpoint) : undefined;
    const vouched =
      isPublicKey(key) &&
      checkpoint !== undefined &&
      isSignedBy(checkpoint, key) &&
      (before === undefined || isSignedBy(checkpoint, before));
    if (!vouched) {
      return fault(
        'key',
        [row.seq, row.seq],
        `Entry ${row.seq} names a signing key, and ${before ? 'the key before it' : 'that key'} did ` +
          'not sign this: somebody without the key wrote what follows.',
      );
    }
    this.#keys.push(key);
    const { publicKey } = this.#settings;
    if (publicKey && key.equals(publicKey)) this.#trusted = true;
    return undefined;
  }

  /** A checkpoint of the log, against the entries that it covers. */
  #checkCheckpoint(before: Buffer): AuditFault | undefined {
    const row = this.#nextCheckpoint as CheckpointRow;
    this.#nextCheckpoint = this.#checkpoints.next().value;
    const { size } = row;
    const checkpoint = read(row);
    const bad = this.#checkSignature(row, checkpoint);
    if (bad || !checkpoint) return bad;
    if (!checkpoint.root.equals(this.#tree.root())) {
      return fault(
        'altered',
        [this.#signed + 1, size],
        `Entries ${this.#signed + 1} to ${size} are not those that were signed: one of them was ` +
          'altered, and the hashes after it were made anew.',
      );
    }
    if (!Buffer.isBuffer(row.tree) || !row.tree.equals(before)) {
      return fault(
        'signature',
        [size, size],
        `The entries up to ${size} are as they were signed, but what is kept beside their checkpoint ` +
          'was altered. Nobody can append with the key until the file is restored.',
      );
    }
    this.#signed = size;
    return undefined;
  }

  #checkSignature(row: CheckpointRow, checkpoint: Checkpoint | undefined): AuditFault | undefined {
    const key = this.#keys.at(-1);
    const genuine =
      key !== undefined &&
      checkpoint?.size === row.size &&
      checkpoint.origin === originOf(this.#store.logId) &&
      // Where the key changes, the checkpoint is the old one's too; checkKey() saw to that.
      isSignedBy(checkpoint, key);
    if (genuine) return undefined;
    return fault(
      'signature',
      [this.#signed + 1, row.size],
      `The checkpoint of ${row.size} entries is not what the log's key signed: it was altered, or ` +
        `somebody without the key wrote it. Nothing vouches for the entries from ${this.#signed + 1} on.`,
    );
  }

  #countAdopted(row: EntryRow): undefined {
    if (row.action !== ADOPT_ACTION) return;
    const { from, to } = parseDetail(row.detail);
    if (typeof from === 'number' && typeof to === 'number') this.#adopted += to - from + 1;
  }

  /** Entries went away while they were read. */
  #gone(): AuditFault {
    const seq = this.#tree.size + 1;
    return fault('cut', [seq, seq], `Entry ${seq} was removed while the log was read.`);
  }

  #checkEnd(): AuditFault | undefined {
    return (
      this.#checkCutBehindCheckpoint() ??
      this.#checkCutBehindGiven() ??
      this.#checkTrust() ??
      this.#checkUnsigned()
    );
  }

  #checkCutBehindCheckpoint(): AuditFault | undefined {
    const row = this.#nextCheckpoint;
    if (!row) return undefined;
    const bad = this.#checkSignature(row, read(row));
    return bad ?? this.#cut(row.size, 'A signed checkpoint in the log');
  }

  #checkCutBehindGiven(): AuditFault | undefined {
    const { checkpoint } = this.#settings;
    if (!checkpoint) return undefined;
    if (!this.#keys.some((key) => isSignedBy(checkpoint, key))) {
      return fault(
        'signature',
        [1, Math.max(1, this.#last)],
        'The checkpoint that was given is not signed by a key of this log: the log was replaced, or ' +
          'the checkpoint was altered where it was kept.',
      );
    }
    return checkpoint.size > this.#last
      ? this.#cut(checkpoint.size, 'The checkpoint that was given')
      : undefined;
  }

  #cut(size: number, by: string): AuditFault {
    const first = this.#last + 1;
    return fault(
      'cut',
      [first, first],
      `${by} covers ${size} entries, and there are ${this.#last}: entries ${first} to ${size} were ` +
        'cut off, or the file was put back to an older state.',
    );
  }

  #checkTrust(): AuditFault | undefined {
    if (!this.#settings.publicKey || this.#trusted || this.#keys.length === 0) return undefined;
    return fault(
      'key',
      [1, this.#last],
      'The log is not signed by the key that was given, nor by one that it introduced: the log was ' +
        "replaced, or the key is another log's.",
    );
  }

  #checkUnsigned(): AuditFault | undefined {
    if (this.#signed === this.#last && this.#last > 0) return undefined;
    const first = this.#signed + 1;
    return fault(
      'unsigned',
      [first, Math.max(first, this.#last)],
      this.#last === 0
        ? 'The log has no entries, and nothing in it is signed.'
        : `Entries ${first} to ${this.#last} are chained but not signed: they were written without ` +
            'the key, and could have been altered. The next one who opens the log with the key signs ' +
            'them as they are.',
    );
  }
}

/** Checkpoints by size; the latest as it was at the start, since a new one replaces it. */
function* checkpointsOf(
  store: AuditStore,
  latest: CheckpointRow | undefined,
): Generator<CheckpointRow, undefined> {
  if (!latest) return undefined;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = store.checkpointPage(after, latest.size);
    const last = page.at(-1);
    if (!last) break;
    yield* page;
    after = last.size;
  }
  yield latest;
  return undefined;
}

function read(row: CheckpointRow): Checkpoint | undefined {
  try {
    return parseCheckpoint(row.text ?? '');
  } catch {
    return undefined;
  }
}

function fault(
  reason: AuditFaultReason,
  [seq, until]: readonly [number, number],
  message: string,
): AuditFault {
  return { seq, until, reason, message };
}

// The end of keys, on the record: none goes that still seals, and none that is evidence.
import { FluxError } from '../errors.js';
import { coveredBy, type DataKeys } from './data-keys.js';
import type { KeyAudit } from './key-audit.js';
import type { EvidenceLock, KeyInfo, KeyRow, KeyStore } from './key-store.js';
import type { DestroyOptions, DestroyReport } from './options.js';
import type { Rotation } from './rotation.js';

/** A segment that began before midnight is written for this long at most. */
const LONGEST_SEGMENT_MS = 3_600_000;

/** An entry in the log names this many keys, and says how many there were. */
const MAX_NAMED = 100;

/** What a destruction is about to do. */
interface Choice {
  destroy: string[];
  pinned: string[];
}

export class Destruction {
  readonly #rows: KeyStore;
  readonly #keys: DataKeys;
  readonly #audit: KeyAudit;
  readonly #rotation: Rotation;

  constructor(rows: KeyStore, keys: DataKeys, audit: KeyAudit, rotation: Rotation) {
    this.#rows = rows;
    this.#keys = keys;
    this.#audit = audit;
    this.#rotation = rotation;
  }

  /** ERR_KEY_IN_USE, ERR_EVIDENCE_LOCKED, ERR_KEY_NOT_FOUND. */
  destroy(options: DestroyOptions): DestroyReport {
    const choice = this.#rows.guarded(() => {
      this.#keys.advance();
      return this.#rows.exclusive(() => {
        const chosen = this.#choose(options);
        const { reason } = options;
        const [ids, count] = [chosen.destroy.slice(0, MAX_NAMED), chosen.destroy.length];
        // Before it is done: no key goes without its entry, whatever the power supply does.
        this.#audit.announce('key.destroy', { detail: { reason, ids, count } });
        this.#rows.destroy(chosen.destroy, Date.now());
        return chosen;
      });
    });
    this.#rows.checkpoint();
    if (options.rotateMaster && choice.destroy.length > 0) this.#rotation.rotateMaster();
    return this.#report(choice);
  }

  /** What destroy() would do; the same errors. */
  preview(options: DestroyOptions): DestroyReport {
    return this.#rows.guarded(() => {
      this.#keys.advance();
      return this.#report(this.#choose(options));
    });
  }

  #choose({ ids, before, cameraId }: DestroyOptions): Choice {
    if (!ids) return chooseOutdated(this.#rows, before as number, cameraId);
    return requireDestroyable(
      this.#rows,
      ids.map((id) => this.#rows.require(id)),
    );
  }

  #report(choice: Choice): DestroyReport {
    const infos = new Map(this.#rows.list().map((info) => [info.id, info]));
    const all = (ids: string[]) => ids.map((id) => infos.get(id) as KeyInfo);
    return { destroyed: all(choice.destroy), pinned: all(choice.pinned) };
  }
}

/** All of `rows`, or an error: ERR_KEY_IN_USE, ERR_EVIDENCE_LOCKED. */
function requireDestroyable(store: KeyStore, rows: readonly KeyRow[]): Choice {
  for (const row of rows) {
    if (row.state === 'active' || row.state === 'pending' || mayStillSeal(row)) {
      const what =
        row.purpose === 'video' ? 'day and the segments that began in it are' : 'time is';
      throw new FluxError(
        'ERR_KEY_IN_USE',
        `Key ${row.id} is in use. Rotate it first, and wait until its ${what} over.`,
      );
    }
    const [lock] = locksOn(store, row);
    if (lock) {
      throw new FluxError(
        'ERR_EVIDENCE_LOCKED',
        `Key ${row.id} is pinned as evidence since ${new Date(lock.createdAt).toISOString()} by ${lock.createdBy}: ${lock.reason}. Remove lock ${lock.id} first.`,
      );
    }
  }
  return { destroy: rows.map(({ id }) => id), pinned: [] };
}

/** The retired video keys of days that were over by `before`, sorted by whether evidence pins them. */
function chooseOutdated(store: KeyStore, before: number, camera?: string): Choice {
  const choice: Choice = { destroy: [], pinned: [] };
  for (const info of store.list()) {
    if (info.purpose !== 'video' || info.state !== 'retired') continue;
    if (camera !== undefined && info.subject !== camera) continue;
    if (coveredBy(info.period, 0).to > before || mayStillSeal(info)) continue;
    (locksOn(store, info).length > 0 ? choice.pinned : choice.destroy).push(info.id);
  }
  return choice;
}

/** A segment that began just before midnight is sealed with the key of the day that is over. */
function mayStillSeal(info: Pick<KeyInfo, 'purpose' | 'period'>): boolean {
  return info.purpose === 'video' && coveredBy(info.period, LONGEST_SEGMENT_MS).to > Date.now();
}

function locksOn(
  store: KeyStore,
  info: Pick<KeyInfo, 'purpose' | 'period' | 'subject'>,
): EvidenceLock[] {
  if (info.purpose !== 'video') return [];
  const { from, to } = coveredBy(info.period, LONGEST_SEGMENT_MS);
  return store.locksOver(info.subject, from, to);
}

// Which keys may be destroyed: none that still seals, none that is evidence.
import { FluxError } from '../errors.js';
import { coveredBy } from './data-keys.js';
import type { EvidenceLock, KeyInfo, KeyRow, KeyStore } from './key-store.js';

/** A segment that began before midnight is written for this long at most. */
const LONGEST_SEGMENT_MS = 3_600_000;

/** What a destruction is about to do. */
export interface Choice {
  destroy: string[];
  pinned: string[];
}

/** All of `rows`, or an error: ERR_KEY_IN_USE, ERR_EVIDENCE_LOCKED. */
export function requireDestroyable(store: KeyStore, rows: readonly KeyRow[]): Choice {
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
export function chooseOutdated(store: KeyStore, before: number, camera?: string): Choice {
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

// Tells what happened where an entry does not follow the one before it, so that a person hears
// "entry 5 was removed" and not only "the chain breaks at 6".
import type { AuditStore } from './audit-store.js';
import { type EntryRow, hashEntry, isWellFormed } from './entry.js';

export interface Break {
  seq: number;
  reason: 'altered' | 'missing' | 'reordered';
  message: string;
}

/** How far from its place the number that an entry was written with is looked for. */
const MAX_SHIFT = 4096;

/** What is wrong with `row`, which should be entry `seq` and follow the hash `prev`; else undefined. */
export function findBreak(
  store: AuditStore,
  row: EntryRow,
  seq: number,
  prev: Buffer,
): Break | undefined {
  const wellFormed = isWellFormed(row);
  if (wellFormed && row.seq === seq && row.prev.equals(prev) && hashEntry(row).equals(row.hash)) {
    return undefined;
  }
  if (row.seq === null || row.seq < seq) {
    return altered(seq, `Before entry ${seq} stands one whose number no entry can have.`);
  }
  return (
    findMoved(store, seq, prev) ??
    (row.seq > seq ? removed(seq, row.seq - 1, '') : undefined) ??
    (wellFormed ? findShift(row, seq) : undefined) ??
    (wellFormed && hashEntry(row).equals(row.hash) ? blameBefore(store, row, seq) : undefined) ??
    altered(seq, `Entry ${seq} was altered: its content does not give its hash.`)
  );
}

/** The entry that was written as number `seq`, where it stands at another number now. */
function findMoved(store: AuditStore, seq: number, prev: Buffer): Break | undefined {
  const moved = store.entryChainedTo(prev);
  if (!moved || !isWellFormed(moved) || moved.seq === seq) return undefined;
  if (!hashEntry({ ...moved, seq }).equals(moved.hash)) return undefined;
  return {
    seq,
    reason: 'reordered',
    message: `Entry ${seq} stands at number ${moved.seq}: entries were put into another order.`,
  };
}

/** Entries were taken out or put in, and the ones after them numbered anew. */
function findShift(row: EntryRow, seq: number): Break | undefined {
  for (let shift = 1; shift <= MAX_SHIFT; shift++) {
    if (writtenAs(row, seq + shift)) {
      return removed(seq, seq + shift - 1, ', and those after them numbered anew');
    }
    if (seq > shift && writtenAs(row, seq - shift)) {
      return altered(
        seq - shift,
        `Entry ${seq} was written as number ${seq - shift}: what stands there now was put in later.`,
      );
    }
  }
  return undefined;
}

/** The entry is whole but chained to another one: either it was made anew, or the one before was. */
function blameBefore(store: AuditStore, row: EntryRow, seq: number): Break | undefined {
  const next = store.entry(seq + 1);
  const confirmed = !next || !isWellFormed(next) || next.prev.equals(row.hash);
  if (seq === 1 || !confirmed) return undefined;
  return altered(
    seq - 1,
    `Entry ${seq - 1} was altered and its hash made anew: entry ${seq} is chained to another content.`,
  );
}

function writtenAs(row: EntryRow, seq: number): boolean {
  return hashEntry({ ...row, seq }).equals(row.hash);
}

function removed(from: number, to: number, how: string): Break {
  const what = from === to ? `Entry ${from} was` : `Entries ${from} to ${to} were`;
  return { seq: from, reason: 'missing', message: `${what} removed${how}.` };
}

function altered(seq: number, message: string): Break {
  return { seq, reason: 'altered', message };
}

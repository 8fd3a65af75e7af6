// Tells a disk from another one: the marker in the storage's root and the index name the same UUID and
// the same number of openings. What does not fit together is never compared, let alone deleted.
import { existsSync } from 'node:fs';
import { replaceDurablySync } from '../durable-file.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { IndexConnection } from './index-connection.js';
import { layout, markerText, type StorageMarker } from './storage.js';

/** The index's side of the interlock. */
export interface StorageState {
  id: string;
  /** The opening that was begun last, and the one that was completed last. */
  opening: number;
  opens: number;
  /** UTC milliseconds: folders that did not change since then agree with the index. */
  settledAt: number;
  /** UTC milliseconds: when a recorder was last seen alive. */
  seenAt: number;
}

/** The one row of the table `storage`. */
export class StorageRow {
  constructor(private readonly connection: IndexConnection) {}

  read(): StorageState | undefined {
    return this.connection.get(
      `SELECT id, opening, opens, settled_at AS settledAt, seen_at AS seenAt FROM storage`,
    );
  }

  create(id: string): void {
    this.connection.run(
      'INSERT INTO storage (only_row, id) VALUES (1, @id) ON CONFLICT DO NOTHING',
      { id },
    );
  }

  beginOpening(opening: number): void {
    this.connection.run('UPDATE storage SET opening = @opening', { opening });
  }

  completeOpening(opens: number): void {
    this.connection.run('UPDATE storage SET opens = @opens, opening = @opens', { opens });
  }

  /** `settledAt` is left out while something on the disk waits for its row. */
  seen(seenAt: number, settledAt?: number): void {
    this.connection.run(
      'UPDATE storage SET seen_at = @seenAt, settled_at = coalesce(@settledAt, settled_at)',
      { seenAt, settledAt: settledAt ?? null },
    );
  }
}

/** ERR_STORAGE_MISSING where a storage that was in use has no index any more. */
export function requireIndexBeside(storage: string, marker: StorageMarker): void {
  if ((marker.opens ?? 0) === 0 || existsSync(layout.index(storage))) return;
  throw new FluxError(
    'ERR_STORAGE_MISSING',
    `${storage} was recorded into, but its index.db is gone. Restore index.db from a backup, or build it anew from the footage: fluxvision check --storage ${storage} --repair`,
  );
}

/** Ties an index that has no UUID yet to the marker beside it. ERR_STORAGE_MISMATCH. */
export function belongTogether(
  row: StorageRow,
  marker: StorageMarker,
  storage: string,
  readOnly: boolean,
): void {
  const state = row.read();
  if (!state) {
    if (!readOnly) row.create(marker.id);
    return;
  }
  if (state.id === marker.id) return;
  throw new FluxError(
    'ERR_STORAGE_MISMATCH',
    `${storage} holds storage ${marker.id}, but its index.db belongs to storage ${state.id}. Mount the right disk, or put the index.db back that belongs to this one. Nothing was changed.`,
  );
}

/** ERR_STORAGE_MISMATCH where marker and index were not last opened together. */
export function requireSameHistory(row: StorageRow, marker: StorageMarker, storage: string): void {
  const state = row.read();
  const opens = marker.opens ?? 0;
  if (!state || opens === state.opens || opens === state.opening) return;
  const older =
    opens > state.opens
      ? `index.db is older than the footage (opened ${state.opens} times, the storage ${opens} times): it was restored from a backup`
      : `the storage is older than its index.db (opened ${opens} times, the index ${state.opens} times): the disk was swapped or restored`;
  throw new FluxError(
    'ERR_STORAGE_MISMATCH',
    `${storage}: ${older}. Mount the right disk or restore the right index.db; to go on with what is there: fluxvision check --storage ${storage} --repair. Nothing was changed.`,
  );
}

/** Counts the opening on both sides, such that a crash between the two is no mismatch. */
export function countOpening(
  row: StorageRow,
  marker: StorageMarker,
  storage: string,
): StorageMarker {
  const opens = Math.max(marker.opens ?? 0, row.read()?.opening ?? 0) + 1;
  const counted = { ...marker, opens };
  row.beginOpening(opens);
  writeMarker(storage, counted);
  row.completeOpening(opens);
  return counted;
}

/** Replaces the marker, durably. */
export function writeMarker(storage: string, marker: StorageMarker): void {
  try {
    replaceDurablySync(layout.marker(storage), markerText(marker));
  } catch (error) {
    throw asFluxError(error, 'ERR_STORAGE', `${layout.marker(storage)} cannot be written`);
  }
}

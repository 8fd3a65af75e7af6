// What stands between a storage and its index, and the ways through that lose nothing: used by a check
// with repair alone, because a person has to say that the disk is the right one.
import { existsSync } from 'node:fs';
import { FluxError, isFluxError } from '../errors.js';
import { IndexConnection } from './index-connection.js';
import {
  belongTogether,
  countOpening,
  requireIndexBeside,
  requireSameHistory,
  StorageRow,
  writeMarker,
} from './interlock.js';
import { layout, newMarker, openStorage, readMarkerSync } from './storage.js';

/**
 * Why the two do not belong together; undefined where they do. `mayWrite`: an index of an earlier schema
 * is brought up to date.
 */
export async function findMismatch(
  storage: string,
  mayWrite: boolean,
): Promise<FluxError | undefined> {
  try {
    const marker = await openStorage(storage);
    requireIndexBeside(storage, marker);
    if (!existsSync(layout.index(storage))) return undefined;
    const connection = new IndexConnection(layout.index(storage), !mayWrite);
    try {
      const row = new StorageRow(connection);
      belongTogether(row, marker, storage, true);
      requireSameHistory(row, marker, storage);
    } finally {
      connection.close();
    }
    return undefined;
  } catch (error) {
    const codes = ['ERR_STORAGE_NOT_FOUND', 'ERR_STORAGE_MISSING', 'ERR_STORAGE_MISMATCH'];
    if (error instanceof FluxError && codes.includes(error.code)) return error;
    throw error;
  }
}

/**
 * Ties them together again: makes a missing marker from the index, a missing index from nothing (the
 * repair fills it), and lets an older one of the two go on. Two different UUIDs stay an error.
 */
export async function adoptStorage(storage: string, mismatch: FluxError): Promise<void> {
  const connection = new IndexConnection(layout.index(storage), false);
  try {
    const row = new StorageRow(connection);
    let marker = readMarkerSync(storage);
    if (!marker) {
      marker = newMarker(row.read()?.id);
      writeMarker(storage, marker);
    }
    const id = row.read()?.id;
    if (id !== undefined && id !== marker.id) throw mismatch;
    if (id === undefined) row.create(marker.id);
    countOpening(row, marker, storage);
    // Nothing is known to agree any more.
    row.seen(Date.now(), 0);
  } catch (error) {
    throw isFluxError(error) ? error : mismatch;
  } finally {
    connection.close();
  }
}

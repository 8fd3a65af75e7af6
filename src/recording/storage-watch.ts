// Looks every few seconds whether the storage is still the storage: a disk that went away leaves an
// empty folder behind, which takes files as willingly.
import { statSync } from 'node:fs';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { layout, readMarkerSync, type StorageMarker } from './storage.js';

export interface StorageWatchEvents {
  lost: (error: FluxError) => void;
  back: () => void;
}

export class StorageWatch {
  readonly #storage: string;
  readonly #marker: StorageMarker;
  readonly #events: StorageWatchEvents;
  #device: number;
  #lost: FluxError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(storage: string, marker: StorageMarker, events: StorageWatchEvents) {
    this.#storage = storage;
    this.#marker = marker;
    this.#events = events;
    this.#device = statSync(storage).dev;
  }

  start(everyMs: number): void {
    this.#timer = setInterval(() => this.check(), everyMs);
    this.#timer.unref();
  }

  /** Why the storage is not usable; undefined while it is. */
  get lost(): FluxError | undefined {
    return this.#lost;
  }

  /** True where the storage is there. One that came back between two looks as another device was away. */
  check(): boolean {
    const before = this.#lost;
    try {
      requireMarker(this.#storage, readMarkerSync(this.#storage), this.#marker);
      const device = statSync(this.#storage).dev;
      if (!before && device !== this.#device) this.#lose(remounted(this.#storage));
      this.#device = device;
      const back = this.#lost !== undefined;
      this.#lost = undefined;
      if (back) this.#events.back();
    } catch (error) {
      const lost = asFluxError(error, 'ERR_STORAGE', this.#storage);
      if (before) this.#lost = lost;
      else this.#lose(lost);
    }
    return this.#lost === undefined;
  }

  #lose(error: FluxError): void {
    this.#lost = error;
    this.#events.lost(error);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function remounted(storage: string): FluxError {
  return new FluxError(
    'ERR_STORAGE_MISSING',
    `${storage} was away for a moment: it lies on another device now. Recording begins anew there.`,
  );
}

/** ERR_STORAGE_MISSING, ERR_STORAGE_MISMATCH. */
function requireMarker(
  storage: string,
  found: StorageMarker | undefined,
  expected: StorageMarker,
): void {
  if (!found) {
    throw new FluxError(
      'ERR_STORAGE_MISSING',
      `${layout.marker(storage)} is gone: the disk was unmounted, or it failed. Nothing is recorded or deleted until it is back.`,
    );
  }
  if (found.id === expected.id && found.opens === expected.opens) return;
  throw new FluxError(
    'ERR_STORAGE_MISMATCH',
    `${storage} holds another storage now (${found.id}, opened ${found.opens ?? 0} times; not ${expected.id}, ${expected.opens ?? 0} times). Mount the right disk. Nothing is recorded or deleted until it is back.`,
  );
}

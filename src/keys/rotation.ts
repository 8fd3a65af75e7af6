// New keys in the place of old ones, on demand and on the record.
import { dayName, utcDay } from '../utc-day.js';
import type { DataKeys, KeyHandle } from './data-keys.js';
import type { KeyAudit } from './key-audit.js';
import type { KeyStore } from './key-store.js';
import type { RotateOptions } from './options.js';

export class Rotation {
  readonly #rows: KeyStore;
  readonly #keys: DataKeys;
  readonly #audit: KeyAudit;

  constructor(rows: KeyStore, keys: DataKeys, audit: KeyAudit) {
    this.#rows = rows;
    this.#keys = keys;
    this.#audit = audit;
  }

  /** `cameraId` is empty for keys of the whole store. */
  rotate(purpose: RotateOptions['purpose'], cameraId = ''): KeyHandle {
    if (purpose === 'audit') return this.#rows.guarded(() => this.#audit.rotateKey());
    const today = dayName(utcDay(Date.now()));
    const periods = {
      video: today,
      session: today,
      database: today.slice(0, 6),
      config: undefined,
    };
    return this.#audit.record(
      'key.rotate',
      () => this.#rows.guarded(() => this.#keys.rotate(purpose, cameraId, periods[purpose])),
      ({ id }) => ({ subject: id, detail: { purpose, ...(cameraId && { cameraId }) } }),
    );
  }

  rotateMaster(): { from: string; to: string; keys: number } {
    return this.#audit.record(
      'master.rotate',
      () => this.#rows.guarded(() => this.#keys.rotateMaster()),
      ({ from, to, keys }) => ({ subject: to, detail: { from, keys } }),
    );
  }
}

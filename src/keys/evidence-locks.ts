// Locks that pin the keys of a camera's interval, on the record.
import { randomUUID } from 'node:crypto';
import { FluxError } from '../errors.js';
import type { KeyAudit } from './key-audit.js';
import type { EvidenceLock, KeyStore } from './key-store.js';

export class EvidenceLocks {
  readonly #rows: KeyStore;
  readonly #audit: KeyAudit;
  readonly #actor: string;

  constructor(rows: KeyStore, audit: KeyAudit, actor: string) {
    this.#rows = rows;
    this.#audit = audit;
    this.#actor = actor;
  }

  add(about: Pick<EvidenceLock, 'cameraId' | 'from' | 'to' | 'reason'>): EvidenceLock {
    const lock: EvidenceLock = {
      id: randomUUID(),
      ...about,
      createdAt: Date.now(),
      createdBy: this.#actor,
    };
    this.#audit.record(
      'evidence.lock',
      () => this.#rows.guarded(() => this.#rows.addLock(lock)),
      () => ({ subject: lock.id, detail: { ...about } }),
    );
    return lock;
  }

  /** ERR_LOCK_NOT_FOUND. */
  remove(id: string, reason: string): void {
    this.#audit.record(
      'evidence.unlock',
      () => {
        const remove = () => this.#rows.removeLock(id);
        const lock = this.#rows.guarded(() => this.#rows.exclusive(remove));
        if (lock) return lock;
        throw new FluxError('ERR_LOCK_NOT_FOUND', `There is no evidence lock ${id}.`);
      },
      ({ cameraId }) => ({ subject: id, detail: { cameraId, reason } }),
    );
  }

  list(): EvidenceLock[] {
    return this.#rows.guarded(() => this.#rows.locks());
  }
}

// A database that refused: tried again and again until it does not any more.
import type { ConfigStore, FluxError } from '@fluxvision/core';
import type { Troubles } from './troubles.js';

const EVERY_MS = 5000;
/** Written to see whether it can be. */
const PROBE = 'probe';

export class DatabaseWatch {
  readonly #troubles: Troubles;
  readonly #store: () => ConfigStore | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(troubles: Troubles, store: () => ConfigStore | undefined) {
    this.#troubles = troubles;
    this.#store = store;
  }

  failed(error: FluxError): void {
    this.#troubles.fail('database', error);
    this.#timer ??= setInterval(() => this.#check(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    try {
      this.#store()?.setSetting(PROBE, Date.now());
    } catch {
      return;
    }
    this.stop();
    this.#troubles.clear('database');
  }
}

// A bound on what runs at the same time.
import { FluxError } from '@fluxvision/core';

export class AtOnce {
  readonly #most: number;
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `ERR_BUSY` where as many as may be run already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) {
      throw new FluxError('ERR_BUSY', 'As many of these as may be run already. Try again shortly.');
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }
}

// How many questions to a node are under way at once: the others wait for their turn, within a bound.
import { FluxError } from '../errors.js';

const MAX_WAITING = 64;

export class Turns {
  readonly #most: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves to what gives the turn back, once. `ERR_BUSY` beyond 64 that wait; what `signal` throws. */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#most) this.#taken += 1;
    else await this.#wait(signal);
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }

  #wait(signal?: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new FluxError('ERR_BUSY', 'Too much is asked of this server at once. Ask again later.');
    }
    return new Promise((resolve, reject) => {
      const mine = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(mine), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(mine);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

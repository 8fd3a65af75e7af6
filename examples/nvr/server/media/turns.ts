// Turns at something that takes its time: few at once, the newest goes first, and a bound on who waits.
import { FluxError } from '@fluxvision/core';

interface Waiting {
  start(): void;
  refuse(error: FluxError): void;
}

export class Turns {
  readonly #most: number;
  readonly #maxWaiting: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  /** `most` at the same time; of more than `maxWaiting` who has waited longest is turned away. */
  constructor(most: number, maxWaiting: number) {
    this.#most = most;
    this.#maxWaiting = maxWaiting;
  }

  /** `ERR_BUSY` where too many wait, and what `work` rejects with. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.pop()?.start();
    }
  }

  #turn(): Promise<void> {
    const enter = () => {
      this.#running += 1;
    };
    if (this.#running < this.#most) {
      enter();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        start: () => {
          enter();
          resolve();
        },
        refuse: reject,
      });
      if (this.#waiting.length <= this.#maxWaiting) return;
      const message = 'Too many pictures are asked for at once. Ask again in a moment.';
      this.#waiting.shift()?.refuse(new FluxError('ERR_BUSY', message));
    });
  }
}

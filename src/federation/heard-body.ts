// The body of an answer, with a bound for the silence in which its reader waits for more of it.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** A reader that takes its time is no silence of the node: the bound holds while more is wanted. */
export class HeardBody extends Readable {
  readonly #response: IncomingMessage;
  readonly #silentMs: number;
  readonly #late: () => Error;
  #timer: NodeJS.Timeout | undefined;
  #isWanted = false;

  /** Fails with `late()` where nothing came for `silentMs`. */
  constructor(response: IncomingMessage, silentMs: number, late: () => Error) {
    super();
    this.#response = response;
    this.#silentMs = silentMs;
    this.#late = late;
    response.on('readable', () => this.#take());
    response.once('end', () => this.push(null));
    response.once('error', (error) => this.destroy(error));
    response.once('close', () => {
      if (!response.readableEnded) this.destroy();
    });
    // Nobody may be waiting for it any more.
    this.on('error', () => {});
  }

  override _read(): void {
    this.#isWanted = true;
    this.#timer ??= setTimeout(() => this.destroy(this.#late()), this.#silentMs);
    this.#take();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#rest();
    this.#response.destroy();
    done(error);
  }

  #take(): void {
    if (!this.#isWanted) return;
    const chunk: Buffer | null = this.#response.read();
    if (chunk === null) return;
    this.#isWanted = false;
    this.#rest();
    this.push(chunk);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

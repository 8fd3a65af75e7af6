// One connection in the worker: agrees on its key, then opens what comes, in order; ends with the first
// message that does not open.
import { Agreement } from './agreement.js';
import type { FromOpener, ToOpener } from './opener-messages.js';
import { SealedMessages } from './sealed-messages.js';

type Answer = (message: FromOpener) => void;

export class Opener {
  #agreement: Agreement | undefined;
  #messages: SealedMessages | undefined;
  #ended = false;
  /** One request behind the other, also while a key comes about. */
  #turn: Promise<void> | undefined;

  constructor(
    private readonly id: number,
    private readonly answer: Answer,
  ) {}

  take(request: ToOpener): void {
    if (this.#turn || request.type === 'begin' || request.type === 'agree') {
      const turn = (this.#turn ?? Promise.resolve())
        .then(() => this.#handle(request))
        .catch(() => this.#refuse('agreement'))
        .finally(() => {
          if (this.#turn === turn) this.#turn = undefined;
        });
      this.#turn = turn;
    } else {
      void this.#handle(request);
    }
  }

  async #handle(request: ToOpener): Promise<void> {
    if (this.#ended) return;
    switch (request.type) {
      case 'begin': {
        this.#agreement = await Agreement.begin();
        this.answer({ type: 'begun', id: this.id, publicKey: this.#agreement.publicKey });
        return;
      }
      case 'agree': {
        const agreement = this.#agreement;
        // One agreement is good for one key.
        this.#agreement = undefined;
        if (!agreement) throw new Error('nothing was begun');
        const key = await agreement.agree(request.serverPublicKey);
        this.#messages = new SealedMessages(key);
        key.fill(0);
        return;
      }
      case 'open':
        this.#open(request.message);
        return;
      case 'end':
        this.#end();
    }
  }

  #open(message: Uint8Array): void {
    const opened = this.#messages?.open(message);
    if (opened) {
      const view = opened as Uint8Array<ArrayBuffer>;
      this.answer({ type: 'opened', id: this.id, message: view });
    } else {
      this.#refuse('altered');
    }
  }

  #refuse(reason: 'altered' | 'agreement'): void {
    if (this.#ended) return;
    this.#end();
    this.answer({ type: 'refused', id: this.id, reason });
  }

  #end(): void {
    this.#ended = true;
    this.#messages?.wipe();
    this.#agreement = undefined;
    this.#messages = undefined;
  }
}

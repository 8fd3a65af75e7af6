// The sealed pictures of one connection, as the page sees them: a public key to begin with, and opened
// messages in the order in which they came, also with respect to the text between them.
import type { FromOpener } from './opener-messages.js';
import { type OpenerLink, openerLink } from './opener-worker.js';

export interface SealedChannelEvents {
  onOpened(message: Uint8Array): void;
  /** Once; nothing comes after it. `altered`: a message does not open. */
  onRefused(reason: 'altered' | 'agreement' | 'slow'): void;
}

/** More waiting to be opened than that: the device does not keep up, and begins anew. */
const MOST_WAITING_BYTES = 16 << 20;

interface Later {
  /** Runs when so many messages were opened. */
  after: number;
  work: () => void;
}

export class SealedChannel {
  /** Base64; resolves when there is one, and never after {@link end}. */
  readonly publicKey: Promise<string>;
  readonly #events: SealedChannelEvents;
  readonly #link: OpenerLink & { id: number };
  readonly #later: Later[] = [];
  #begun: (publicKey: string) => void = () => {};
  #taken = 0;
  #opened = 0;
  #waitingBytes = 0;
  readonly #sizes: number[] = [];
  #ended = false;

  constructor(events: SealedChannelEvents) {
    this.#events = events;
    this.publicKey = new Promise((resolve) => {
      this.#begun = resolve;
    });
    this.#link = openerLink((answer) => this.#answered(answer));
    this.#link.post({ type: 'begin', id: this.#link.id });
  }

  /** `serverPublicKey`: Base64. */
  agree(serverPublicKey: string): void {
    if (this.#ended) return;
    const bytes = Uint8Array.from(atob(serverPublicKey), (letter) => letter.charCodeAt(0));
    this.#link.post({ type: 'agree', id: this.#link.id, serverPublicKey: bytes });
  }

  /** Takes the memory, too. */
  open(data: ArrayBuffer): void {
    if (this.#ended) return;
    this.#waitingBytes += data.byteLength;
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#refuse('slow');
      return;
    }
    this.#taken += 1;
    this.#sizes.push(data.byteLength);
    const message = new Uint8Array(data);
    this.#link.post({ type: 'open', id: this.#link.id, message }, [data]);
  }

  /** Does it when all that was taken before is opened: at once where that is so. */
  inOrder(work: () => void): void {
    if (this.#taken === this.#opened) work();
    else this.#later.push({ after: this.#taken, work });
  }

  /** Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#later.length = 0;
    this.#link.post({ type: 'end', id: this.#link.id });
    this.#link.release();
  }

  #answered(answer: FromOpener): void {
    if (this.#ended) return;
    if (answer.type === 'begun') this.#begun(btoa(String.fromCharCode(...answer.publicKey)));
    else if (answer.type === 'refused') this.#refuse(answer.reason);
    else this.#deliver(answer.message);
  }

  #deliver(message: Uint8Array): void {
    this.#opened += 1;
    this.#waitingBytes -= this.#sizes.shift() ?? 0;
    this.#events.onOpened(message);
    while (this.#later[0] && this.#later[0].after <= this.#opened) this.#later.shift()?.work();
  }

  #refuse(reason: 'altered' | 'agreement' | 'slow'): void {
    this.end();
    this.#events.onRefused(reason);
  }
}

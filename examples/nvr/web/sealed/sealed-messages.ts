// Opens the sealed messages of one connection: counter (8 bytes), nonce, ciphertext, tag. The counter is
// the associated data and only rises: nothing is taken twice, and nothing behind what came later.
import { AriaGcm } from './gcm.js';

const COUNTER_BYTES = 8;

export class SealedMessages {
  readonly #gcm: AriaGcm;
  #next = 0n;

  /** `key`: 32 bytes, as {@link Agreement} gives them. */
  constructor(key: Uint8Array) {
    this.#gcm = new AriaGcm(key);
  }

  /**
   * The plaintext, in place of the ciphertext in `message`. Undefined for what is altered, cut, from
   * elsewhere, or was here before; the counter may leap, as the server may leave pictures out.
   */
  open(message: Uint8Array): Uint8Array | undefined {
    if (message.byteLength < COUNTER_BYTES) return undefined;
    const counter = new DataView(message.buffer, message.byteOffset).getBigUint64(0);
    if (counter < this.#next) return undefined;
    const aad = message.subarray(0, COUNTER_BYTES);
    const opened = this.#gcm.open(message.subarray(COUNTER_BYTES), aad);
    if (opened) this.#next = counter + 1n;
    return opened;
  }

  /** Forgets the key. */
  wipe(): void {
    this.#gcm.wipe();
  }
}

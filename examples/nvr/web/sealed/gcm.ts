// Opens what was sealed with ARIA-256-GCM (NIST SP 800-38D): nonces of 96 bits, tags of 128.
import { Aria256, BLOCK_BYTES } from './aria.js';
import { Ghash } from './ghash.js';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

export class AriaGcm {
  readonly #cipher: Aria256;
  readonly #hash: Ghash;
  readonly #block = new Uint32Array(4);

  /** `RangeError` where `key` has not 32 bytes. */
  constructor(key: Uint8Array) {
    this.#cipher = new Aria256(key);
    const hashKey = new Uint32Array(4);
    this.#cipher.encrypt(hashKey);
    this.#hash = new Ghash(hashKey);
    hashKey.fill(0);
  }

  /**
   * Decrypts `sealed` (nonce, ciphertext, tag) in place, once its tag was found to be right, and returns
   * the part of it that is the plaintext. Undefined, with nothing decrypted, where it is not: another
   * key, other associated data, altered, or cut.
   */
  open(sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
    const length = sealed.byteLength - NONCE_BYTES - TAG_BYTES;
    if (length < 0) return undefined;
    const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (!this.#isWhole(view, length, aad)) return undefined;
    this.#decrypt(view, length);
    return sealed.subarray(NONCE_BYTES, NONCE_BYTES + length);
  }

  /** Forgets the key. */
  wipe(): void {
    this.#cipher.wipe();
    this.#hash.wipe();
  }

  #isWhole(view: DataView, length: number, aad: Uint8Array): boolean {
    const hash = this.#hash;
    hash.reset();
    hash.update(new DataView(aad.buffer, aad.byteOffset, aad.byteLength), 0, aad.byteLength);
    hash.update(view, NONCE_BYTES, length);
    hash.block(...bitsOf(aad.byteLength), ...bitsOf(length));
    const mask = this.#keystream(view, 1);
    let difference = 0;
    for (let i = 0; i < 4; i += 1) {
      const told = view.getUint32(NONCE_BYTES + length + 4 * i);
      difference |= (hash.sum[i] as number) ^ (mask[i] as number) ^ told;
    }
    return difference === 0;
  }

  #decrypt(view: DataView, length: number): void {
    const end = NONCE_BYTES + length;
    let counter = 2;
    let at = NONCE_BYTES;
    for (; at + BLOCK_BYTES <= end; at += BLOCK_BYTES) {
      const stream = this.#keystream(view, counter++);
      view.setUint32(at, view.getUint32(at) ^ (stream[0] as number));
      view.setUint32(at + 4, view.getUint32(at + 4) ^ (stream[1] as number));
      view.setUint32(at + 8, view.getUint32(at + 8) ^ (stream[2] as number));
      view.setUint32(at + 12, view.getUint32(at + 12) ^ (stream[3] as number));
    }
    if (at === end) return;
    const stream = this.#keystream(view, counter);
    for (let i = 0; at < end; i += 1, at += 1) {
      const byte = (stream[i >> 2] as number) >>> (24 - 8 * (i & 3));
      view.setUint8(at, view.getUint8(at) ^ (byte & 0xff));
    }
  }

  /** The encrypted counter block: it lies in the same words each time. */
  #keystream(view: DataView, counter: number): Uint32Array {
    const block = this.#block;
    block[0] = view.getUint32(0);
    block[1] = view.getUint32(4);
    block[2] = view.getUint32(8);
    block[3] = counter;
    this.#cipher.encrypt(block);
    return block;
  }
}

/** A length in bits, as two words. */
function bitsOf(bytes: number): [number, number] {
  return [Math.floor(bytes / 0x20000000), (bytes << 3) >>> 0];
}

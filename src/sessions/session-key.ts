// A key that a client and a server agree on (ECDH P-256), for sealing what passes between them.
import { randomUUID } from 'node:crypto';
import { FluxError, isFluxError } from '../errors.js';
import { type NativeKey, native } from '../native/index.js';
import { MAX_SESSION_SECONDS } from './session-token.js';

/** Which side of a session this is; each seals with a key of its own. */
export type SessionSide = 'client' | 'server';

const ALGORITHM = 'ARIA-256-GCM';
const COUNTER_BYTES = 8;

/**
 * One side of an agreed session. Make one, send `publicKey` to the other side, and `agree()` with
 * what comes back. Keys live in native memory, for 24 hours at most.
 *
 * The public keys must travel over a channel that proves who sent them (TLS, after login): the
 * agreement alone does not say who the other side is.
 *
 * @example
 * ```ts
 * const session = new SessionKey('server');
 * send(session.publicKey);
 * session.agree(receivedPublicKey);
 * socket.send(session.seal(frame));
 * const message = session.open(received);
 * ```
 */
export class SessionKey {
  /** UUID, for logs. */
  readonly id = randomUUID();
  /** 65 bytes: 04, X, Y (SEC 1). */
  readonly publicKey: Buffer;
  /** UTC milliseconds; nothing is sealed or opened from then on. */
  readonly expiresAt = Date.now() + MAX_SESSION_SECONDS * 1000;
  readonly #side: SessionSide;
  #private: NativeKey | undefined;
  #sealing: NativeKey | undefined;
  #opening: NativeKey | undefined;
  #sealed = 0n;
  #opened = 0n;

  constructor(side: SessionSide) {
    if (side !== 'client' && side !== 'server') {
      throw new FluxError('ERR_INVALID_ARGUMENT', "SessionKey: side must be 'client' or 'server'.");
    }
    this.#side = side;
    this.#private = native.generateP256();
    this.publicKey = native.p256PublicKey(this.#private);
  }

  /** Once. `ERR_PEER_KEY` where `peer` is no point of the curve; `ERR_STATE` the second time. */
  agree(peer: Uint8Array): void {
    if (!this.#private) throw new FluxError('ERR_STATE', 'The session has its key already.');
    const mine = this.publicKey;
    const isClient = this.#side === 'client';
    const [client, server] = isClient ? [mine, peer] : [peer, mine];
    const info = Buffer.concat([LABEL, client as Uint8Array, server as Uint8Array]);
    const agreed = native.agreeP256(this.#private, peer, info);
    const up = native.deriveSubkey(agreed, Buffer.from('client to server'));
    const down = native.deriveSubkey(agreed, Buffer.from('server to client'));
    this.#sealing = isClient ? up : down;
    this.#opening = isClient ? down : up;
    this.#private = undefined;
  }

  /** A message for the other side: counter (8 bytes), nonce, ciphertext, tag. */
  seal(plaintext: Uint8Array): Buffer {
    const key = this.#ready(this.#sealing);
    const counter = Buffer.alloc(COUNTER_BYTES);
    counter.writeBigUInt64BE(this.#sealed++);
    return Buffer.concat([counter, native.sealMessage(ALGORITHM, key, counter, plaintext)]);
  }

  /**
   * `ERR_AUTH_TAG` for what is altered, from elsewhere, or was here before: counters only rise. They
   * may leap, as a sender may drop frames.
   */
  open(message: Uint8Array): Buffer {
    const key = this.#ready(this.#opening);
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    if (bytes.length < COUNTER_BYTES) throw doesNotOpen();
    const counter = bytes.readBigUInt64BE();
    if (counter < this.#opened) throw doesNotOpen();
    try {
      const aad = bytes.subarray(0, COUNTER_BYTES);
      const plaintext = native.openMessage(ALGORITHM, key, aad, bytes.subarray(COUNTER_BYTES));
      this.#opened = counter + 1n;
      return plaintext;
    } catch (error) {
      if (!isFluxError(error, 'ERR_AUTH_TAG')) throw error;
      throw doesNotOpen();
    }
  }

  /** Forgets the keys. Idempotent. */
  close(): void {
    this.#private = undefined;
    this.#sealing = undefined;
    this.#opening = undefined;
  }

  #ready(key: NativeKey | undefined): NativeKey {
    if (key && Date.now() >= this.expiresAt) this.close();
    else if (key) return key;
    throw new FluxError('ERR_SESSION', 'The session has no key, or it expired. Log in again.');
  }
}

const LABEL = Buffer.from('fluxvision/session/v1\0');

function doesNotOpen(): FluxError {
  return new FluxError('ERR_AUTH_TAG', 'The message does not open: altered, repeated or foreign.');
}

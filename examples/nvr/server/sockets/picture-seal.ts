// Whether a connection's pictures are sealed, and with which key: one of its own, or its session's.
import { FluxError, SessionKey } from '@fluxvision/core';
import type { ServerMessage } from '../../protocol/index.js';
import { CLOSE } from './connection.js';
import type { SocketCaller } from './host.js';

/** As the first message of a connection asks for it. */
export interface SealingRequest {
  sealed?: boolean;
  /** Base64. */
  clientPublicKey?: string;
}

interface Outlet {
  send(message: ServerMessage): void;
  sendBinary(message: Uint8Array): void;
  refuse(error: unknown): void;
  close(code: number, reason: string): void;
}

export class PictureSeal {
  readonly #outlet: () => Outlet;
  readonly #isRequired: boolean;
  /** The connection's own; nobody else has it, and it goes with the connection. */
  #own: SessionKey | undefined;
  #key: SessionKey | undefined;

  /** `isRequired`: by the server's settings, whatever a client asks for. */
  constructor(outlet: () => Outlet, isRequired: boolean) {
    this.#outlet = outlet;
    this.#isRequired = isRequired;
  }

  /**
   * `ERR_SESSION` where there is no key to seal with, `ERR_PEER_KEY` where the client's is none,
   * `ERR_STATE` for a second one: an agreement is for the whole of a connection.
   */
  choose({ sealed, clientPublicKey }: SealingRequest, caller: SocketCaller): void {
    if (!sealed) {
      this.#key = undefined;
      return;
    }
    if (clientPublicKey !== undefined) this.#agree(Buffer.from(clientPublicKey, 'base64'));
    this.#key = this.#own ?? caller.session?.key;
    if (this.#key) return;
    throw new FluxError(
      'ERR_SESSION',
      'There is no key to seal with: give clientPublicKey, here or at login.',
    );
  }

  /** `ERR_SEALING_REQUIRED`. */
  requireChoice(): void {
    if (this.#key || !this.#isRequired) return;
    throw new FluxError(
      'ERR_SEALING_REQUIRED',
      'This server sends sealed pictures alone: ask for them with sealed and clientPublicKey.',
    );
  }

  send(picture: Uint8Array): void {
    const outlet = this.#outlet();
    if (!this.#key) {
      outlet.sendBinary(picture);
      return;
    }
    try {
      outlet.sendBinary(this.#key.seal(picture));
    } catch (error) {
      // A key lasts for a day; sessions do not last longer, API keys do.
      outlet.refuse(error);
      outlet.close(CLOSE.goingAway, 'Connect again for another key.');
    }
  }

  close(): void {
    this.#own?.close();
  }

  #agree(clientPublicKey: Uint8Array): void {
    if (this.#own) {
      throw new FluxError(
        'ERR_STATE',
        'The connection has its key. Connect again for another one.',
      );
    }
    const own = new SessionKey('server');
    own.agree(clientPublicKey);
    this.#own = own;
    const serverPublicKey = own.publicKey.toString('base64');
    this.#outlet().send({ type: 'sealed', serverPublicKey });
  }
}

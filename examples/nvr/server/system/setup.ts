// First start: the first administrator is made with a token that stands in the server's output. It is
// good once, and for an hour; a restart prints another one.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { refusal } from '../problem.js';

const LIFETIME_MS = 3_600_000;
/** Wrong tokens after which only a restart helps: 192 random bits are not guessed, but nobody shall try. */
const MAX_ATTEMPTS = 20;

export class SetupToken {
  readonly #hash: Buffer;
  readonly #expiresAt: number;
  #attempts = 0;

  private constructor(token: string) {
    this.#hash = hashOf(token);
    this.#expiresAt = Date.now() + LIFETIME_MS;
  }

  /** The token is for the one who started the server; only its hash stays here. */
  static make(): { token: string; setup: SetupToken } {
    const token = randomBytes(24).toString('base64url');
    return { token, setup: new SetupToken(token) };
  }

  /** `ERR_SETUP_TOKEN`. */
  require(token: string): void {
    const good = timingSafeEqual(hashOf(token), this.#hash);
    const tried = ++this.#attempts;
    if (good && tried <= MAX_ATTEMPTS && Date.now() < this.#expiresAt) return;
    throw refusal(
      'ERR_SETUP_TOKEN',
      'This is not the token of the first start. It stands in the output of the server (journalctl -u fluxvision-nvr), for an hour; restart the server for another one.',
    );
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

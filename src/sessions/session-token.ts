// Session tokens: what a client shows after login, for at most 24 hours. ARIA-256-CTR with
// HMAC-SHA-256 (encrypt-then-MAC) under the day's session key; counter mode alone could be altered.
import { randomUUID } from 'node:crypto';
import { checkOptions, instanceOf, integer, list, optional, text } from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { KeyManager } from '../keys/index.js';
import { native } from '../native/index.js';

/** Longest life of a session. */
export const MAX_SESSION_SECONDS = 24 * 3600;

/** Whom a token stands for. */
export interface Session {
  /** UUID. */
  id: string;
  userId: string;
  /** What the token may be used for, as the application names it. */
  permissions: string[];
  /** Which application or site issued it; a token of another one is refused. */
  audience: string;
  /** UTC milliseconds. */
  issuedAt: number;
  /** UTC milliseconds. */
  expiresAt: number;
}

/** Options of {@link SessionTokens}. */
export interface SessionTokensOptions {
  keys: KeyManager;
  /** Default `fluxvision`. */
  audience?: string;
}

/** Options of {@link SessionTokens.issue}. */
export interface IssueOptions {
  userId: string;
  permissions?: readonly string[];
  /** Seconds, at most 86400, which is the default. */
  lifetime?: number;
}

const ALGORITHM = 'ARIA-256-CTR-HMAC-SHA-256';
const FORM = /^fvt1\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.([\w-]{64,4096})$/;
const MAX_PERMISSIONS = 64;

/**
 * Issues session tokens and checks them.
 *
 * @example
 * ```ts
 * const tokens = new SessionTokens({ keys });
 * const { token } = tokens.issue({ userId: 'kim', permissions: ['live'] });
 * const { userId } = tokens.verify(token); // throws ERR_SESSION where it is not good
 * tokens.revoke(token);
 * ```
 */
export class SessionTokens {
  readonly #keys: KeyManager;
  readonly #audience: string;

  constructor(options: SessionTokensOptions) {
    const checked = checkOptions('SessionTokens', options, {
      keys: instanceOf(KeyManager),
      audience: optional(text(1, 100), 'fluxvision'),
    });
    this.#keys = checked.keys;
    this.#audience = checked.audience;
  }

  issue(options: IssueOptions): { token: string; session: Session } {
    const checked = checkOptions('SessionTokens.issue', options, {
      userId: text(1, 255),
      permissions: optional(list, []),
      lifetime: optional(integer(1, MAX_SESSION_SECONDS, 'seconds'), MAX_SESSION_SECONDS),
    });
    if (checked.permissions.length > MAX_PERMISSIONS) {
      throw new FluxError(
        'ERR_INVALID_ARGUMENT',
        `SessionTokens.issue: permissions must be at most ${MAX_PERMISSIONS}.`,
      );
    }
    const permission = text(1, 40);
    const issuedAt = Date.now();
    const session: Session = {
      id: randomUUID(),
      userId: checked.userId,
      permissions: checked.permissions.map((name) =>
        permission('SessionTokens.issue: permissions', name),
      ),
      audience: this.#audience,
      issuedAt,
      expiresAt: issuedAt + checked.lifetime * 1000,
    };
    const { id, key } = this.#keys.sessionKey();
    const content = Buffer.from(JSON.stringify(session));
    const sealed = native.sealMessage(ALGORITHM, key, contextOf(id, this.#audience), content);
    return { token: `fvt1.${id}.${sealed.toString('base64url')}`, session };
  }

  /** `ERR_SESSION`, in the same words, for everything that is not a good token of this audience. */
  verify(token: string): Session {
    const session = this.#open(token);
    const now = Date.now();
    if (now < session.issuedAt - CLOCK_TOLERANCE_MS || now >= session.expiresAt) throw refused();
    if (this.#keys.isSessionRevoked(session.id)) throw refused();
    return session;
  }

  /** Logs out: the token is refused from now on, by every process and after a restart. */
  revoke(token: string): void {
    const { id, expiresAt } = this.#open(token);
    this.#keys.revokeSession(id, expiresAt);
  }

  #open(token: string): Session {
    const [, id, text] = (typeof token === 'string' && FORM.exec(token)) || [];
    if (!id || !text) throw refused();
    const sealed = Buffer.from(text, 'base64url');
    // One token has one form: bits that Base64 ignores are not ignored here.
    if (sealed.toString('base64url') !== text) throw refused();
    try {
      const key = this.#keys.key(id);
      const content = native.openMessage(ALGORITHM, key, contextOf(id, this.#audience), sealed);
      return JSON.parse(content.toString('utf8')) as Session;
    } catch (error) {
      if (error instanceof FluxError && !REFUSALS.has(error.code)) throw error;
      throw refused();
    }
  }
}

/** A clock that was set back a little does not log everyone out. */
const CLOCK_TOLERANCE_MS = 60_000;
const REFUSALS = new Set(['ERR_AUTH_TAG', 'ERR_KEY_NOT_FOUND', 'ERR_KEY_DESTROYED']);

function contextOf(keyId: string, audience: string): Buffer {
  return Buffer.from(JSON.stringify(['fluxvision/session-token/v1', keyId, audience]));
}

function refused(): FluxError {
  return new FluxError('ERR_SESSION', 'The session is not valid any more. Log in again.');
}

// Who may ask a simulated camera: WS-Security UsernameToken, or HTTP Digest, checked as strictly as a
// careful camera does. Both tell a repeated request from a fresh one.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { digestParameters, digestResponse, find, type XmlElement } from '../../onvif/index.js';
import { notAuthorized } from './soap.js';

/** Which of the two is accepted. */
export type OnvifAuthentication = 'any' | 'usernameToken' | 'digest';

/** A request needs credentials, and HTTP Digest may be tried. */
export class DigestRequired extends Error {}

/** How far a token's time may be from the camera's, and how long a nonce is remembered. */
const MAX_AGE_MS = 30_000;
const MAX_NONCES = 20_000;
const REALM = 'fluxvision simulator';

export interface SecurityOptions {
  username: string;
  password: string;
  authentication: OnvifAuthentication;
  /** The camera's time, UTC milliseconds. */
  now: () => number;
}

export class Security {
  readonly #options: SecurityOptions;
  /** Nonces of tokens that were used, with when they may be forgotten. */
  readonly #used = new Map<string, number>();
  /** Nonces of ours, with the last count that came with each. */
  readonly #issued = new Map<string, { until: number; count: number }>();

  constructor(options: SecurityOptions) {
    this.#options = options;
  }

  /** Throws a SoapFault or DigestRequired unless `request` comes from the user. */
  check(request: IncomingMessage, header: XmlElement | undefined): void {
    const { username, authentication } = this.#options;
    if (username === '') return;
    const authorization = request.headers.authorization;
    if (authorization !== undefined && authentication !== 'usernameToken') {
      if (this.#isDigest(authorization, request)) return;
      throw new DigestRequired();
    }
    const token = find(header, 'Security', 'UsernameToken');
    if (token && authentication !== 'digest') this.#checkToken(token);
    else if (authentication === 'usernameToken') throw notAuthorized();
    else throw new DigestRequired();
  }

  /** As check(), for what is no SOAP: only Digest can speak for it. */
  checkHttp(request: IncomingMessage): void {
    if (this.#options.username === '') return;
    const { authorization } = request.headers;
    if (authorization === undefined || !this.#isDigest(authorization, request)) {
      throw new DigestRequired();
    }
  }

  /** A WWW-Authenticate header with a fresh nonce. */
  challenge(): string {
    const nonce = randomBytes(16).toString('hex');
    const now = this.#options.now();
    forget(this.#issued, ({ until }) => until < now);
    this.#issued.set(nonce, { until: now + MAX_AGE_MS, count: 0 });
    return `Digest realm="${REALM}", qop="auth", algorithm=MD5, nonce="${nonce}"`;
  }

  /** UsernameToken Profile 1.0 with PasswordDigest; the time and the nonce are what stop a replay. */
  #checkToken(token: XmlElement): void {
    const { username, password, now } = this.#options;
    const text = (name: string) => find(token, name)?.text ?? '';
    const created = Date.parse(text('Created'));
    const nonce = text('Nonce');
    if (!(Math.abs(created - now()) <= MAX_AGE_MS)) {
      throw notAuthorized('Sender not Authorized: the token is stale');
    }
    const digest = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(text('Created'))
      .update(password)
      .digest('base64');
    const isPlain = !find(token, 'Password')?.attributes.get('Type')?.endsWith('#PasswordDigest');
    if (isPlain || text('Username') !== username || !equal(text('Password'), digest)) {
      throw notAuthorized();
    }
    forget(this.#used, (until) => until < now());
    if (nonce === '' || this.#used.has(nonce) || this.#used.size >= MAX_NONCES) {
      throw notAuthorized('Sender not Authorized: the nonce was used');
    }
    // Beyond its own time in either direction a token is stale by itself.
    this.#used.set(nonce, created + 2 * MAX_AGE_MS);
  }

  #isDigest(authorization: string, request: IncomingMessage): boolean {
    const { username, password, now } = this.#options;
    const given = digestParameters(authorization);
    const issued = this.#issued.get(given?.get('nonce') ?? '');
    if (!given || !issued || issued.until < now()) return false;
    const count = Number.parseInt(given.get('nc') ?? '', 16);
    if (!(count > issued.count) || given.get('qop') !== 'auth') return false;
    if (given.get('username') !== username || given.get('uri') !== request.url) return false;
    const expected = digestResponse(
      { algorithm: 'MD5', realm: REALM, nonce: given.get('nonce') ?? '', qop: true },
      {
        username,
        password,
        method: request.method ?? '',
        uri: request.url ?? '',
        cnonce: given.get('cnonce') ?? '',
        nc: given.get('nc') ?? '',
      },
    );
    if (!equal(given.get('response') ?? '', expected)) return false;
    issued.count = count;
    return true;
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function forget<T>(map: Map<string, T>, isOver: (value: T) => boolean): void {
  for (const [key, value] of map) if (isOver(value)) map.delete(key);
  // What never was used in time must not pile up either.
  for (const key of map.keys()) {
    if (map.size <= MAX_NONCES) break;
    map.delete(key);
  }
}

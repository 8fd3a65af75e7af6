// HTTP Digest (RFC 7616) as cameras ask for it: MD5 or SHA-256, with qop=auth or without.
import { createHash, randomBytes } from 'node:crypto';

/** A parsed Digest challenge. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque: string | undefined;
  algorithm: 'MD5' | 'SHA-256';
  /** As the server wrote it; undefined where it named none. */
  algorithmName: string | undefined;
  qop: boolean;
  stale: boolean;
}

const MAX_HEADER = 4096;

/** The parameters of a header such as `Digest realm="x", nonce="y"`, names in lower case. */
export function digestParameters(header: string): Map<string, string> | undefined {
  if (header.length > MAX_HEADER || !/^digest\s/i.test(header)) return undefined;
  const parameters = new Map<string, string>();
  for (const match of header
    .slice(7)
    .matchAll(/([a-z\d-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi)) {
    const [, name = '', quoted, plain = ''] = match;
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return parameters;
}

/** The strongest challenge that can be answered; undefined where there is none. */
export function chooseChallenge(headers: readonly string[]): DigestChallenge | undefined {
  let best: DigestChallenge | undefined;
  for (const header of headers) {
    const challenge = parseChallenge(header);
    if (challenge && (!best || challenge.algorithm === 'SHA-256')) best = challenge;
  }
  return best;
}

function parseChallenge(header: string): DigestChallenge | undefined {
  const parameters = digestParameters(header);
  const nonce = parameters?.get('nonce');
  if (!parameters || nonce === undefined) return undefined;
  const algorithmName = parameters.get('algorithm');
  const algorithm = algorithmName?.toUpperCase() ?? 'MD5';
  if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return undefined;
  const qop = parameters
    .get('qop')
    ?.split(',')
    .map((value) => value.trim());
  if (qop && !qop.includes('auth')) return undefined;
  return {
    realm: parameters.get('realm') ?? '',
    nonce,
    opaque: parameters.get('opaque'),
    algorithm,
    algorithmName,
    qop: qop !== undefined,
    stale: parameters.get('stale')?.toLowerCase() === 'true',
  };
}

/** What of a request its Digest response covers. */
export interface DigestRequest {
  username: string;
  password: string;
  method: string;
  uri: string;
  /** How often the nonce was used, from 1. */
  nonceCount: number;
  cnonce?: string;
}

/** The Authorization header that answers `challenge`. */
export function digestAuthorization(challenge: DigestChallenge, request: DigestRequest): string {
  const cnonce = request.cnonce ?? randomBytes(8).toString('hex');
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const response = digestResponse(challenge, { ...request, cnonce, nc });
  const quoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`;
  const parts = [
    `username=${quoted(request.username)}`,
    `realm=${quoted(challenge.realm)}`,
    `nonce=${quoted(challenge.nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
  ];
  if (challenge.algorithmName !== undefined) parts.push(`algorithm=${challenge.algorithm}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quoted(challenge.opaque)}`);
  if (challenge.qop) parts.push('qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`);
  return `Digest ${parts.join(', ')}`;
}

/** The `response` value; for the side that checks it too. */
export function digestResponse(
  challenge: Pick<DigestChallenge, 'algorithm' | 'realm' | 'nonce' | 'qop'>,
  request: Omit<DigestRequest, 'nonceCount'> & { cnonce: string; nc: string },
): string {
  const hash = (text: string) =>
    createHash(challenge.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const user = hash(`${request.username}:${challenge.realm}:${request.password}`);
  const what = hash(`${request.method}:${request.uri}`);
  return challenge.qop
    ? hash(`${user}:${challenge.nonce}:${request.nc}:${request.cnonce}:auth:${what}`)
    : hash(`${user}:${challenge.nonce}:${what}`);
}

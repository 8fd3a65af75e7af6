// Who a server is beyond its certificate, which is renewed: a key of its own that signs which certificate
// it shows now, so that homes that know the key need nobody to compare fingerprints again.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { checkOptions, instanceOf, uuid } from '../arguments/index.js';
import { ConfigStore } from '../config/index.js';
import { FluxError } from '../errors.js';
import { fingerprintOf } from './node-address.js';

/** Options of {@link ServerIdentity}. */
export interface ServerIdentityOptions {
  /** Keeps the key, sealed; stays open. */
  store: ConfigStore;
  /** UUID of this server. */
  serverId: string;
}

const SECRET = 'server_identity';
const DOMAIN = 'fluxvision/identity/v1';
/** Base64url of 16 to 64 bytes: who asks chooses it, once. */
const NONCE = /^[A-Za-z0-9_-]{22,86}$/;
/** SubjectPublicKeyInfo of P-256 in Base64. */
const PUBLIC_KEY = /^[A-Za-z0-9+/]{122}==$/;
const SIGNATURE = /^[A-Za-z0-9+/]{86}==$/;

/** The key of this server: ECDSA P-256 with SHA-256, made at its first use. */
export class ServerIdentity {
  /** SubjectPublicKeyInfo (RFC 5280), Base64: told to homes with the pairing. */
  readonly publicKey: string;
  readonly #serverId: string;
  readonly #key: KeyObject;

  /** `ERR_CONFIG`, `ERR_AUTH_TAG` where the store cannot be read. */
  constructor(options: ServerIdentityOptions) {
    const { store, serverId } = checkOptions('ServerIdentity', options, {
      store: instanceOf(ConfigStore),
      serverId: uuid,
    });
    this.#serverId = serverId;
    this.#key = keyIn(store);
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.publicKey = spki.toString('base64');
  }

  /**
   * Says that this server shows the certificate of `fingerprint` now, to whoever chose `nonce`. IEEE P1363,
   * Base64. `ERR_INVALID_ARGUMENT`.
   */
  prove(nonce: string, fingerprint: string): string {
    if (!NONCE.test(nonce)) {
      throw new FluxError('ERR_INVALID_ARGUMENT', 'nonce must be 16 to 64 bytes in Base64url.');
    }
    const message = messageOf(this.#serverId, nonce, fingerprint);
    return sign('sha256', message, { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString(
      'base64',
    );
  }
}

/** What a home asks of a certificate that it does not know. */
export interface IdentityClaim {
  /** As it came with the pairing. */
  publicKey: string;
  serverId: string;
  nonce: string;
  /** Of the certificate that was shown with the answer. */
  fingerprint: string;
  /** The answer. */
  signature: string;
}

/** Whether it is the server that was paired with, and that certificate its own. */
export function isProven(claim: IdentityClaim): boolean {
  const { publicKey, serverId, nonce, fingerprint, signature } = claim;
  if (!isIdentityKey(publicKey) || !SIGNATURE.test(signature)) return false;
  try {
    const spki = Buffer.from(publicKey, 'base64');
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const message = messageOf(serverId, nonce, fingerprint);
    const given = Buffer.from(signature, 'base64');
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, given);
  } catch {
    return false;
  }
}

/** A public key as {@link ServerIdentity} gives it. */
export function isIdentityKey(text: unknown): text is string {
  return typeof text === 'string' && PUBLIC_KEY.test(text);
}

function messageOf(serverId: string, nonce: string, fingerprint: string): Buffer {
  return Buffer.from(JSON.stringify([DOMAIN, serverId, nonce, fingerprintOf(fingerprint) ?? '']));
}

function keyIn(store: ConfigStore): KeyObject {
  const known = store.secret(SECRET);
  if (known !== undefined) return createPrivateKey(known);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  store.setSecret(SECRET, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  return privateKey;
}

// manifest.sig: ECDSA P-256 with SHA-256 over the bytes of manifest.json, in DER, so that OpenSSL
// alone can check it.
import { createHash } from 'node:crypto';
import {
  type AuditSigner,
  keyId,
  publicKeyInfo,
  signatureToDer,
  verifySignature,
} from '../audit/index.js';
import { FluxError } from '../errors.js';
import { type ExportSigner, SIGNATURE_ALGORITHM } from './manifest.js';

const POINT_BYTES = 65;
const SPKI_BYTES = 91;
const PEM = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]{1,200})\n-----END PUBLIC KEY-----\n$/;

/** How a manifest names the key that signs it. */
export function describeSigner({ publicKey }: AuditSigner): ExportSigner {
  return {
    algorithm: SIGNATURE_ALGORITHM,
    publicKey: toPem(publicKeyInfo(publicKey)),
    fingerprint: keyId(publicKey).toString('hex'),
  };
}

/** ERR_AUDIT_KEY where what comes back is no signature of the signer's key. */
export function signManifest(bytes: Uint8Array, signer: AuditSigner): Buffer {
  const signature = signatureToDer(signer.sign(bytes));
  if (signature && verifySignature(signer.publicKey, bytes, signature)) return signature;
  throw new FluxError(
    'ERR_AUDIT_KEY',
    'The audit key did not return a signature of its public key; nothing was exported.',
  );
}

/** Undefined where `signer` does not hold a P-256 key with the fingerprint that it names. */
export function publicKeyOf(signer: ExportSigner): Buffer | undefined {
  const info = Buffer.from(PEM.exec(signer.publicKey)?.[1] ?? '', 'base64');
  const point = info.subarray(-POINT_BYTES);
  if (info.length !== SPKI_BYTES || toPem(info) !== signer.publicKey) return undefined;
  if (!publicKeyInfo(point).equals(info)) return undefined;
  return keyId(point).toString('hex') === signer.fingerprint ? point : undefined;
}

export function isSignatureOf(publicKey: Uint8Array, bytes: Uint8Array, der: Uint8Array): boolean {
  return verifySignature(publicKey, bytes, der);
}

/** SHA-256 in hex: how an audit entry names a manifest. */
export function manifestFingerprint(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function toPem(info: Buffer): string {
  const lines = info.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

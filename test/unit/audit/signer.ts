// Signers whose keys are in node:crypto.
import { createECDH, createPrivateKey, randomBytes, sign } from 'node:crypto';
import type { AuditSigner } from '../../../src/audit/index.js';

// Not generateKeyPairSync(): in Node 20 the collector may end its job while export() holds the key's
// lock, and the process waits for itself for ever.
export function makeSigner(): AuditSigner {
  // Below the group's order, whose first byte is 255.
  return signerOfScalar(Buffer.concat([Buffer.of(1), randomBytes(31)]));
}

/** The signer of a private key that is a number, for examples that must not change. */
export function signerOfScalar(scalar: Buffer): AuditSigner {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const publicKey = curve.getPublicKey();
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: scalar.toString('base64url'),
    x: publicKey.subarray(1, 33).toString('base64url'),
    y: publicKey.subarray(33).toString('base64url'),
  };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return {
    publicKey,
    sign: (message) => sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }),
  };
}

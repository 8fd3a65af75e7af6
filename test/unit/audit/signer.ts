// Signers whose keys are in node:crypto.
import {
  createECDH,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { AuditSigner } from '../../../src/audit/index.js';

export function makeSigner(): AuditSigner {
  return signerOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
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
  return signerOf(createPrivateKey({ key: jwk, format: 'jwk' }));
}

function signerOf(privateKey: KeyObject): AuditSigner {
  const { x, y } = privateKey.export({ format: 'jwk' }) as { x: string; y: string };
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return {
    publicKey: Buffer.concat(point),
    sign: (message) => sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

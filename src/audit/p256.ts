// ECDSA on P-256 with SHA-256, as checkpoints carry it: signatures in DER with s in the lower half,
// and keys named by the hash of their SubjectPublicKeyInfo.
import { createHash, createPublicKey } from 'node:crypto';
import { native } from '../native/index.js';

const PUBLIC_KEY_BYTES = 65;
const SIGNATURE_BYTES = 64;
const SCALAR_BYTES = 32;
/** RFC 5480: id-ecPublicKey on secp256r1, and the head of the bit string that holds the point. */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
/** The order of the group (FIPS 186-5, SP 800-186 §3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** SubjectPublicKeyInfo of a point (04, X, Y). */
export function publicKeyInfo(publicKey: Uint8Array): Buffer {
  return Buffer.concat([SPKI_HEAD, publicKey]);
}

/** SHA-256 of the SubjectPublicKeyInfo. */
export function keyId(publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(publicKeyInfo(publicKey)).digest();
}

/** True for 65 bytes that are a point of the curve. */
export function isPublicKey(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== PUBLIC_KEY_BYTES || value[0] !== 0x04) {
    return false;
  }
  try {
    createPublicKey({ key: publicKeyInfo(value), format: 'der', type: 'spki' });
    return true;
  } catch {
    return false;
  }
}

/** False for every signature that is not in its one form, and for a key that is none. */
export function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  der: Uint8Array,
): boolean {
  const signature = signatureFromDer(der);
  if (!signature || !isPublicKey(publicKey)) return false;
  return native.verifyP256(publicKey, message, signature);
}

/**
 * The DER form of r || s. An s in the upper half, which some security modules give out, is replaced
 * by its twin: both are valid, and one message shall have one form of a signature.
 */
export function signatureToDer(signature: Uint8Array): Buffer | undefined {
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return undefined;
  const r = toNumber(signature.subarray(0, SCALAR_BYTES));
  const s = toNumber(signature.subarray(SCALAR_BYTES));
  return toDer(r, s > ORDER / 2n ? ORDER - s : s);
}

/** r || s; undefined where `der` is not exactly what signatureToDer() writes. */
function signatureFromDer(der: Uint8Array): Buffer | undefined {
  const rLength = der[3] ?? 0;
  const sLength = der[5 + rLength] ?? 0;
  const r = toNumber(der.subarray(4, 4 + rLength));
  const s = toNumber(der.subarray(6 + rLength, 6 + rLength + sLength));
  if (r === 0n || s === 0n || r >= ORDER || s > ORDER / 2n) return undefined;
  // Whatever else is wrong with it, it is not what these two numbers encode to.
  if (!toDer(r, s).equals(der)) return undefined;
  return Buffer.concat([toBytes(r), toBytes(s)]);
}

function toDer(r: bigint, s: bigint): Buffer {
  const integers = Buffer.concat([toDerInteger(r), toDerInteger(s)]);
  return Buffer.concat([Buffer.of(0x30, integers.length), integers]);
}

function toDerInteger(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const sign = (bytes[0] as number) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0);
  return Buffer.concat([Buffer.of(0x02, sign.length + bytes.length), sign, bytes]);
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * SCALAR_BYTES, '0'), 'hex');
}

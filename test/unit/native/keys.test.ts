// Keys as JavaScript holds them: handles that can be used, never read.
import { createECDH, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { native } from '../../../src/native/index.js';
import { thrownBy } from '../thrown.js';

const info = Buffer.from('purpose');

describe('a native key', () => {
  it('shows no byte of itself', () => {
    const bytes = randomBytes(32);
    const key = native.importKey(bytes);
    expect(Object.getOwnPropertyNames(key)).toEqual([]);
    expect(JSON.stringify(key)).toBe('{}');
    expect(inspect(key, { showHidden: true, depth: 5 })).not.toContain(bytes.toString('hex'));
    expect(() => structuredClone(key)).not.toThrow();
    expect(Object.keys(structuredClone(key))).toEqual([]);
  });

  it('is a copy of what was imported', () => {
    const bytes = randomBytes(32);
    const expected = createHmac('sha256', bytes).update('data').digest();
    const key = native.importKey(bytes);
    bytes.fill(0);
    expect(native.hmacSha256(key, Buffer.from('data'))).toEqual(expected);
  });

  it('has 32 bytes', () => {
    for (const size of [0, 16, 24, 31, 33, 64]) {
      expect(thrownBy(() => native.importKey(new Uint8Array(size)))).toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
  });

  it('makes the subkeys of RFC 5869', () => {
    const bytes = randomBytes(32);
    const subkey = native.deriveSubkey(native.importKey(bytes), info);
    const expected = createHmac('sha256', bytes)
      .update(Buffer.concat([info, Buffer.from([1])]))
      .digest();
    expect(native.hmacSha256(subkey, info)).toEqual(
      createHmac('sha256', expected).update(info).digest(),
    );
  });

  it('is revealed only where it is a private key that was generated here', () => {
    const recovery = native.generateP256();
    const printed = native.revealRecoveryKey(recovery);
    expect(printed).toHaveLength(32);
    expect(native.p256PublicKey(native.importKey(printed))).toEqual(native.p256PublicKey(recovery));
    const others = [
      native.generateKey(),
      native.importKey(printed),
      native.deriveSubkey(recovery, info),
      native.agreeP256(recovery, native.p256PublicKey(native.generateP256()), info),
    ];
    for (const key of others) {
      expect(thrownBy(() => native.revealRecoveryKey(key))).toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
  });
});

describe('P-256', () => {
  it("agrees with Node's own ECDH", () => {
    const theirs = createECDH('prime256v1');
    theirs.generateKeys();
    const ours = native.generateP256();
    const agreed = native.agreeP256(ours, theirs.getPublicKey(), info);
    const secret = theirs.computeSecret(native.p256PublicKey(ours));
    const expected = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32));
    expect(native.hmacSha256(agreed, info)).toEqual(
      createHmac('sha256', expected).update(info).digest(),
    );
  });

  it('refuses peers that are no points of the curve', () => {
    const ours = native.generateP256();
    const good = native.p256PublicKey(native.generateP256());
    const compressed = Buffer.concat([Buffer.from([2]), good.subarray(1, 33)]);
    for (const peer of [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(65), compressed]) {
      expect(thrownBy(() => native.agreeP256(ours, peer, info))).toMatchObject({
        code: 'ERR_PEER_KEY',
      });
      expect(thrownBy(() => native.verifyP256(peer, info, Buffer.alloc(64)))).toMatchObject({
        code: 'ERR_PEER_KEY',
      });
    }
  });

  it('signs what it verifies, and nothing else', () => {
    const key = native.generateP256();
    const publicKey = native.p256PublicKey(key);
    const signature = native.signP256(key, info);
    expect(signature).toHaveLength(64);
    expect(native.verifyP256(publicKey, info, signature)).toBe(true);
    expect(native.verifyP256(publicKey, Buffer.from('another'), signature)).toBe(false);
    expect(native.verifyP256(publicKey, info, signature.subarray(1))).toBe(false);
    expect(native.verifyP256(publicKey, info, Buffer.alloc(64))).toBe(false);
  });
});

it('compares in constant time, by content and length', () => {
  expect(native.equalConstantTime(Buffer.from('same'), Buffer.from('same'))).toBe(true);
  expect(native.equalConstantTime(Buffer.from('same'), Buffer.from('sama'))).toBe(false);
  expect(native.equalConstantTime(Buffer.from('same'), Buffer.from('sam'))).toBe(false);
  expect(native.equalConstantTime(new Uint8Array(0), new Uint8Array(0))).toBe(true);
});

// Sealed messages through the addon, put together a second time from node:crypto alone.
import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type NativeAead, native } from '../../../src/native/index.js';
import { thrownBy } from '../thrown.js';

const algorithms: NativeAead[] = [
  'LEA-256-GCM',
  'ARIA-256-GCM',
  'ARIA-256-CBC-HMAC-SHA-256',
  'ARIA-256-CTR-HMAC-SHA-256',
];
const aad = Buffer.from('table/column/row');

describe.each(algorithms)('%s', (algorithm) => {
  it('opens what it sealed, empty or long', () => {
    const key = native.generateKey();
    for (const size of [0, 1, 16, 1000, 100_000]) {
      const plaintext = randomBytes(size);
      const sealed = native.sealMessage(algorithm, key, aad, plaintext);
      expect(native.openMessage(algorithm, key, aad, sealed).equals(plaintext)).toBe(true);
    }
  });

  it('gives one and the same error for everything that does not fit', () => {
    const key = native.generateKey();
    const sealed = native.sealMessage(algorithm, key, aad, Buffer.from('text'));
    const altered = Buffer.from(sealed);
    altered[20] = (altered[20] ?? 0) ^ 1;
    const errors = [
      thrownBy(() => native.openMessage(algorithm, native.generateKey(), aad, sealed)),
      thrownBy(() => native.openMessage(algorithm, key, Buffer.from('another row'), sealed)),
      thrownBy(() => native.openMessage(algorithm, key, aad, altered)),
      thrownBy(() => native.openMessage(algorithm, key, aad, sealed.subarray(0, 10))),
      thrownBy(() => native.openMessage(algorithm, key, aad, Buffer.alloc(0))),
    ];
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_AUTH_TAG' });
    expect(new Set(errors.map((error) => (error as Error).message)).size).toBe(1);
  });
});

it('opens ARIA-256-GCM with node:crypto', () => {
  const bytes = randomBytes(32);
  const sealed = native.sealMessage(
    'ARIA-256-GCM',
    native.importKey(bytes),
    aad,
    Buffer.from('text'),
  );
  // Node types AEADs by name, and does not know this one.
  const decipher = createDecipheriv('aria-256-gcm' as 'aes-256-gcm', bytes, sealed.subarray(0, 12));
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  expect(decipher.update(sealed.subarray(12, -16), undefined, 'utf8')).toBe('text');
  decipher.final();
});

it.each(['CBC', 'CTR'] as const)('opens ARIA-256-%s-HMAC-SHA-256 with node:crypto', (mode) => {
  const bytes = randomBytes(32);
  const algorithm = `ARIA-256-${mode}-HMAC-SHA-256` as const;
  const plaintext = 'user@example.org';
  const sealed = native.sealMessage(
    algorithm,
    native.importKey(bytes),
    aad,
    Buffer.from(plaintext),
  );
  const expand = (role: string) =>
    createHmac('sha256', bytes)
      .update(`fluxvision/aead/v1/${algorithm}/${role}`)
      .update(Buffer.from([1]))
      .digest();
  const nonce = sealed.subarray(0, 16);
  const ciphertext = sealed.subarray(16, -32);
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(aad.length), 0);
  lengths.writeBigUInt64BE(BigInt(ciphertext.length), 8);
  const tag = createHmac('sha256', expand('authentication'))
    .update(Buffer.concat([nonce, aad, ciphertext, lengths]))
    .digest();
  expect(sealed.subarray(-32).equals(tag)).toBe(true);
  const decipher = createDecipheriv(`aria-256-${mode.toLowerCase()}`, expand('encryption'), nonce);
  expect(decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8')).toBe(plaintext);
});

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { encodeWrapContext, type WrapContext } from '../../../src/keys/wrap-context.js';

const context: WrapContext = {
  purpose: 'video',
  keyId: '6f9619ff-8b86-4011-b42d-00cf4fc964ff',
  parentId: 'c9a646d3-9c61-4cd7-a2f2-a3e4b1b9a001',
  algorithm: 'LEA-256',
  createdAt: 1769428800000,
  cameraId: 'door',
  day: '20260126',
};

it('is the encoding that docs/keys.md shows', () => {
  const encoded = encodeWrapContext(context);
  expect(encoded.toString('hex')).toBe(
    [
      '00000012666c7578766973696f6e2f777261702f7631',
      '00000005766964656f',
      '0000002436663936313966662d386238362d343031312d623432642d303063663466633936346666',
      '0000002463396136343664332d396336312d346364372d613266322d613365346231623961303031',
      '000000074c45412d323536',
      '0000000d31373639343238383030303030',
      '00000004646f6f72',
      '000000083230323630313236',
    ].join(''),
  );
});

it('differs wherever one field differs, also where fields run together the same', () => {
  const kdf = { name: 'PBKDF2-HMAC-SHA-256', iterations: 600_000, salt: '00'.repeat(32) } as const;
  const variants = [
    encodeWrapContext(context),
    encodeWrapContext({ ...context, purpose: 'master' }),
    encodeWrapContext({ ...context, keyId: context.parentId }),
    encodeWrapContext({ ...context, parentId: context.keyId }),
    encodeWrapContext({ ...context, algorithm: 'AES-256' }),
    encodeWrapContext({ ...context, createdAt: 1769428800001 }),
    encodeWrapContext({ ...context, cameraId: 'door2', day: '0260126' }),
    encodeWrapContext({ ...context, cameraId: 'doo', day: 'r20260126' }),
    encodeWrapContext(context, kdf),
    encodeWrapContext(context, { ...kdf, iterations: 100_000 }),
    encodeWrapContext(context, { ...kdf, salt: '01'.repeat(32) }),
  ];
  const hashes = variants.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  expect(new Set(hashes).size).toBe(variants.length);
});

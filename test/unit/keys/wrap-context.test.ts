import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { encodeWrapContext, type WrapContext } from '../../../src/keys/wrap-context.js';

const context: WrapContext = {
  purpose: 'video',
  keyId: '6f9619ff-8b86-4011-b42d-00cf4fc964ff',
  parentId: 'c9a646d3-9c61-4cd7-a2f2-a3e4b1b9a001',
  algorithm: 'LEA-256',
  createdAt: 1769428800000,
  activatesAt: 1769428800000,
  subject: 'door',
  period: '20260126',
  parameters: '',
};

it('is the encoding that docs/keys.md shows', () => {
  const encoded = encodeWrapContext(context);
  expect(encoded.toString('hex')).toBe(
    [
      '00000012666c7578766973696f6e2f777261702f7632',
      '00000005766964656f',
      '0000002436663936313966662d386238362d343031312d623432642d303063663466633936346666',
      '0000002463396136343664332d396336312d346364372d613266322d613365346231623961303031',
      '000000074c45412d323536',
      '0000000d31373639343238383030303030',
      '0000000d31373639343238383030303030',
      '00000004646f6f72',
      '000000083230323630313236',
      '00000000',
    ].join(''),
  );
});

it('is still the encoding of version 1 for keys that were wrapped with it', () => {
  const encoded = encodeWrapContext(context, 1);
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
  const variants = [
    encodeWrapContext(context),
    encodeWrapContext(context, 1),
    encodeWrapContext({ ...context, purpose: 'database' }),
    encodeWrapContext({ ...context, keyId: context.parentId }),
    encodeWrapContext({ ...context, parentId: context.keyId }),
    encodeWrapContext({ ...context, algorithm: 'AES-256' }),
    encodeWrapContext({ ...context, createdAt: 1769428800001 }),
    encodeWrapContext({ ...context, activatesAt: 1769428800001 }),
    encodeWrapContext({ ...context, subject: 'door2', period: '0260126' }),
    encodeWrapContext({ ...context, subject: 'doo', period: 'r20260126' }),
    encodeWrapContext({ ...context, parameters: '{}' }),
  ];
  const hashes = variants.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  expect(new Set(hashes).size).toBe(variants.length);
});

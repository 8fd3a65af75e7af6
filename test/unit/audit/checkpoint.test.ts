import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedBy, parseCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.js';
import { publicKeyInfo, signatureToDer, verifySignature } from '../../../src/audit/p256.js';
import { thrownBy } from '../thrown.js';
import { makeSigner } from './signer.js';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const signer = makeSigner();
const head = {
  logId: '0f0e0d0c-0b0a-4908-8706-050403020100',
  size: 20,
  root: Buffer.alloc(32, 7),
  time: 1_769_428_800_000,
};
const text = signCheckpoint(head, [signer]);

describe('a checkpoint', () => {
  it('is the text of a signed note', () => {
    const [origin, size, root, time, empty, signature, end] = text.split('\n');
    expect(origin).toBe('fluxvision/audit/0f0e0d0c-0b0a-4908-8706-050403020100');
    expect(size).toBe('20');
    expect(root).toBe(head.root.toString('base64'));
    expect(time).toBe('time 1769428800000');
    expect(empty).toBe('');
    expect(signature).toMatch(new RegExp(`^— ${origin} [A-Za-z0-9+/]+=*$`));
    expect(end).toBe('');
  });

  it('says what was signed', () => {
    const checkpoint = parseCheckpoint(text);
    expect(checkpoint).toMatchObject({ size: 20, root: head.root, time: head.time });
    expect(isSignedBy(checkpoint, signer.publicKey)).toBe(true);
    expect(isSignedBy(checkpoint, makeSigner().publicKey)).toBe(false);
  });

  it('carries a DER signature that any ECDSA verifies', () => {
    const { body, signatures } = parseCheckpoint(text);
    const key = createPublicKey({
      key: publicKeyInfo(signer.publicKey),
      format: 'der',
      type: 'spki',
    });
    expect(verify('sha256', Buffer.from(body), key, signatures[0]?.signature as Buffer)).toBe(true);
  });

  it('can be signed by two keys', () => {
    const other = makeSigner();
    const checkpoint = parseCheckpoint(signCheckpoint(head, [signer, other]));
    expect(isSignedBy(checkpoint, signer.publicKey)).toBe(true);
    expect(isSignedBy(checkpoint, other.publicKey)).toBe(true);
  });

  it('fails wherever one of its signed characters is another', () => {
    const end = text.indexOf('\n\n');
    for (let at = 0; at < end; at++) {
      const other = text[at] === '1' ? '2' : '1';
      let valid = false;
      try {
        const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
        valid = isSignedBy(parseCheckpoint(changed), signer.publicKey);
      } catch {
        // Not a checkpoint at all is as good.
      }
      expect(valid, `character ${at}`).toBe(false);
    }
  });

  it.each([
    ['nothing', ''],
    ['no signature', text.slice(0, text.indexOf('\n\n') + 1)],
    ['no line end', text.trimEnd()],
    ['a leading zero', text.replace('\n20\n', '\n020\n')],
    ['a size beyond all numbers', text.replace('\n20\n', '\n9999999999999999\n')],
    ['a negative size', text.replace('\n20\n', '\n-20\n')],
    ['a short root', text.replace(head.root.toString('base64'), 'AAAA')],
    ['a carriage return', text.replace('\n20\n', '\r\n20\n')],
    ['an escape', text.replace('time ', 'time\u001b[2J ')],
    ['a signature that is no base64', text.replace(/ \S+\n$/, ' ****\n')],
    ['more than 16 KiB', text.replace('time', `x${'y'.repeat(16_384)}\ntime`)],
  ])('with %s is refused', (_, changed) => {
    expect(thrownBy(() => parseCheckpoint(changed))).toMatchObject({
      code: 'ERR_AUDIT_CHECKPOINT',
    });
  });

  it('is not made with a signer whose halves do not belong together', () => {
    const broken = { publicKey: makeSigner().publicKey, sign: signer.sign };
    expect(thrownBy(() => signCheckpoint(head, [broken])).code).toBe('ERR_AUDIT_KEY');
    const short = { publicKey: signer.publicKey, sign: () => new Uint8Array(63) };
    expect(thrownBy(() => signCheckpoint(head, [short])).code).toBe('ERR_AUDIT_KEY');
  });
});

describe('a signature', () => {
  const message = Buffer.from('message');

  it('has one form, whichever half its s came from', () => {
    for (let i = 0; i < 8; i++) {
      const raw = Buffer.from(signer.sign(message));
      const s = BigInt(`0x${raw.subarray(32).toString('hex')}`);
      const twin = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
      const der = signatureToDer(raw) as Buffer;
      expect(signatureToDer(Buffer.concat([raw.subarray(0, 32), twin]))).toEqual(der);
      expect(verifySignature(signer.publicKey, message, der)).toBe(true);
    }
  });

  it('is refused in every other form', () => {
    const der = signatureToDer(signer.sign(message)) as Buffer;
    const refused = (bytes: Buffer) => verifySignature(signer.publicKey, message, bytes) === false;
    expect(refused(Buffer.concat([der, Buffer.of(0)]))).toBe(true);
    expect(refused(der.subarray(0, -1))).toBe(true);
    expect(refused(Buffer.alloc(0))).toBe(true);
    expect(refused(Buffer.from('3006020100020100', 'hex'))).toBe(true);
    for (let at = 0; at < der.length; at++) {
      const flipped = Buffer.from(der);
      flipped[at] = (flipped[at] as number) ^ 1;
      expect(refused(flipped), `byte ${at}`).toBe(true);
    }
    const rLength = der[3] as number;
    const s = BigInt(`0x${der.subarray(6 + rLength).toString('hex')}`);
    const high = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
    const integer = Buffer.concat([Buffer.of(2, 33, 0), high]);
    const body = Buffer.concat([der.subarray(2, 4 + rLength), integer]);
    expect(refused(Buffer.concat([Buffer.of(0x30, body.length), body]))).toBe(true);
  });

  it('is not of a key that is none', () => {
    const der = signatureToDer(signer.sign(message)) as Buffer;
    expect(verifySignature(new Uint8Array(65).fill(4), message, der)).toBe(false);
    expect(verifySignature(new Uint8Array(64), message, der)).toBe(false);
  });
});

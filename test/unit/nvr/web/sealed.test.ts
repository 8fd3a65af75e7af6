// What opens sealed pictures in the browser, against published vectors, OpenSSL and the SDK's SessionKey.
import { type CipherGCMTypes, createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Agreement } from '../../../../examples/nvr/web/sealed/agreement.js';
import { Aria256 } from '../../../../examples/nvr/web/sealed/aria.js';
import { AriaGcm } from '../../../../examples/nvr/web/sealed/gcm.js';
import { Opener } from '../../../../examples/nvr/web/sealed/opener.js';
import type { FromOpener } from '../../../../examples/nvr/web/sealed/opener-messages.js';
import { SealedMessages } from '../../../../examples/nvr/web/sealed/sealed-messages.js';
import { SessionKey } from '../../../../src/index.js';
import { until } from '../../recording/recorded.js';

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex === '-' ? '' : hex, 'hex'));
const toHex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const copyOf = (bytes: Uint8Array) => new Uint8Array(bytes);

/** nonce, ciphertext, tag; by OpenSSL. */
function seal(key: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(12);
  // OpenSSL has it; the types have not.
  const name = 'aria-256-gcm' as CipherGCMTypes;
  const cipher = createCipheriv(name, key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return copyOf(Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]));
}

describe('ARIA-256', () => {
  it('gives the block of RFC 5794', () => {
    // Appendix A.3.
    const key = fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
    const block = Uint32Array.of(0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff);
    new Aria256(key).encrypt(block);
    expect([...block]).toEqual([0xf92bd7c7, 0x9fb72e2f, 0x2b8f80c1, 0x972d24fc]);
  });

  it('takes keys of 256 bits alone', () => {
    for (const bytes of [0, 16, 31, 33]) {
      expect(() => new Aria256(new Uint8Array(bytes))).toThrow(RangeError);
    }
  });
});

describe('ARIA-256-GCM', () => {
  it('opens the example of RFC 8269', () => {
    // Appendix A.2.2: AEAD_ARIA_256_GCM.
    const key = fromHex('0c5ffd37a11edc42c325287fc0604f2e3e8cd5671a00fe3216aa5eb105783b54');
    const sealed = fromHex(
      '000020e8f5eb00000000315e' +
        '6f9e4bcbc8c85fc0128fb1e4a0a20cb9932ff74581f54fc013dd054b19f99371425b352d97d3f337b90b63d1' +
        'b082adeeea9d2d7391897d591b985e55fb50cb5350cf7d38dc27dda127c078a149c8eb98083d66363a46e372' +
        '6af217d3a00275ad5bf772c7610ea4c23006878f0ee69a8397703169a419303f40b72e4573714d19e2697df6' +
        '1e7c7252e5abc6bade876ac4961bfac4d5e867afca351a48aed52822' +
        'e210d6ced2cf430ff841472915e7ef48',
    );
    const opened = new AriaGcm(key).open(sealed, fromHex('8008315ebf2e6fe020e8f5eb'));
    expect(toHex(opened)).toBe(
      'f57af5fd4ae19562976ec57a5a7ad55a5af5c5e5c5fdf5c55ad57a4a7272d57262e9729566ed66e97ac54a4a5a7a' +
        'd5e15ae5fdd5fd5ac5d56ae56ad5c572d54ae54ac55a956afd6aed5a4ac562957a9516991691d572fd14e97ae962' +
        'ed7a9f4a955af572e162f57a956666e17ae1f54a95f566d54a66e16e4afd6a9f7ae1c5c55ae5d56afde916c5e94a' +
        '6ec56695e14afde1148416e94ad57ac5146ed59d1cc5',
    );
  });

  it('opens and refuses what Project Wycheproof does', () => {
    // mode tcId key iv aad message ciphertext tag result
    const file = join(import.meta.dirname, '../../../native/data/wycheproof-aria.txt');
    const cases = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('GCM '))
      .map((line) => line.split(' ') as string[] & Record<number, string>);
    expect(cases).toHaveLength(20);
    for (const [, id, key = '', iv = '', aad = '', message, text = '', tag, result] of cases) {
      const sealed = fromHex(`${iv}${text === '-' ? '' : text}${tag}`);
      const opened = new AriaGcm(fromHex(key)).open(sealed, fromHex(aad));
      const expected = result === 'valid' ? message?.replace('-', '') : undefined;
      expect(toHex(opened), `tcId ${id}`).toBe(expected);
    }
  });

  it('opens what OpenSSL sealed, of any length', () => {
    const key = randomBytes(32);
    const gcm = new AriaGcm(key);
    for (const length of [...Array(70).keys(), 1000, 65_537]) {
      const aad = randomBytes(length % 37);
      const plaintext = randomBytes(length);
      expect(toHex(gcm.open(seal(key, aad, plaintext), aad))).toBe(toHex(plaintext));
    }
  });

  it('refuses every flipped bit, and decrypts nothing then', () => {
    const key = randomBytes(32);
    const gcm = new AriaGcm(key);
    const aad = randomBytes(8);
    const sealed = seal(key, aad, randomBytes(37));
    for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
      const altered = copyOf(sealed);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const before = toHex(altered);
      expect(gcm.open(altered, aad), `bit ${bit}`).toBeUndefined();
      expect(toHex(altered)).toBe(before);
    }
    expect(gcm.open(copyOf(sealed), randomBytes(8))).toBeUndefined();
    expect(gcm.open(copyOf(sealed).subarray(0, -1), aad)).toBeUndefined();
    expect(gcm.open(copyOf(sealed).subarray(0, 27), aad)).toBeUndefined();
    expect(gcm.open(sealed, aad)).toHaveLength(37);
  });
});

/** Both sides of a connection that have agreed. */
async function agreed() {
  const server = new SessionKey('server');
  const client = await Agreement.begin();
  server.agree(client.publicKey);
  const key = await client.agree(copyOf(server.publicKey) as Uint8Array<ArrayBuffer>);
  return { server, messages: new SealedMessages(key) };
}

describe('a sealed connection', () => {
  it('agrees on the key that the SDK has, afresh each time', async () => {
    const [one, other] = await Promise.all([agreed(), agreed()]);
    const message = copyOf(one.server.seal(Buffer.from('a picture')));
    expect(other.messages.open(copyOf(message))).toBeUndefined();
    expect(Buffer.from(one.messages.open(message) ?? []).toString()).toBe('a picture');
  });

  it('refuses a public key that is no point of the curve', async () => {
    const { publicKey } = new SessionKey('server');
    const off = copyOf(publicKey) as Uint8Array<ArrayBuffer>;
    off[64] = (off[64] ?? 0) ^ 1;
    await expect((await Agreement.begin()).agree(off)).rejects.toThrow();
    await expect((await Agreement.begin()).agree(new Uint8Array(65))).rejects.toThrow();
  });

  it('takes nothing twice, nothing late, and goes on where some were left out', async () => {
    const { server, messages } = await agreed();
    const [first, second, , fourth] = Array.from({ length: 4 }, (_, i) =>
      copyOf(server.seal(Uint8Array.of(i))),
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const repeated = copyOf(second);
    expect(messages.open(second)).toEqual(Uint8Array.of(1));
    expect(messages.open(repeated)).toBeUndefined();
    expect(messages.open(first)).toBeUndefined();
    expect(messages.open(fourth)).toEqual(Uint8Array.of(3));
  });

  it('takes no other counter for a message, and nothing that is cut', async () => {
    const { server, messages } = await agreed();
    const message = copyOf(server.seal(Uint8Array.of(1)));
    const later = copyOf(message);
    later[7] = 9;
    expect(messages.open(later)).toBeUndefined();
    for (const bytes of [0, 7, 8, 35]) {
      expect(messages.open(copyOf(message).subarray(0, bytes))).toBeUndefined();
    }
    expect(messages.open(message)).toBeDefined();
  });
});

describe('the opener of a connection', () => {
  async function begin() {
    const answers: FromOpener[] = [];
    const opener = new Opener(7, (answer) => answers.push(answer));
    opener.take({ type: 'begin', id: 7 });
    await until(() => answers.length === 1);
    const [begun] = answers.splice(0) as [Extract<FromOpener, { type: 'begun' }>];
    const server = new SessionKey('server');
    server.agree(begun.publicKey);
    const serverPublicKey = copyOf(server.publicKey) as Uint8Array<ArrayBuffer>;
    const open = (message: Uint8Array) =>
      opener.take({ type: 'open', id: 7, message: copyOf(message) as Uint8Array<ArrayBuffer> });
    return { opener, answers, server, serverPublicKey, open };
  }

  it('opens in order, also what came while the key was made', async () => {
    const { opener, answers, server, serverPublicKey, open } = await begin();
    opener.take({ type: 'agree', id: 7, serverPublicKey });
    for (let i = 0; i < 5; i += 1) open(server.seal(Uint8Array.of(i)));
    await until(() => answers.length === 5);
    open(server.seal(Uint8Array.of(5)));
    expect(answers.map((answer) => answer.type === 'opened' && answer.message[0])).toEqual([
      ...[0, 1, 2, 3, 4, 5],
    ]);
  });

  it('ends with what does not open', async () => {
    const { opener, answers, server, serverPublicKey, open } = await begin();
    opener.take({ type: 'agree', id: 7, serverPublicKey });
    const altered = copyOf(server.seal(Uint8Array.of(1)));
    altered[25] = (altered[25] ?? 0) ^ 1;
    open(altered);
    open(server.seal(Uint8Array.of(2)));
    await until(() => answers.length > 0);
    open(server.seal(Uint8Array.of(3)));
    expect(answers).toEqual([{ type: 'refused', id: 7, reason: 'altered' }]);
  });

  it('takes no picture before there is a key, and no second key', async () => {
    const early = await begin();
    early.open(Uint8Array.of(1, 1, 0));
    expect(early.answers).toEqual([{ type: 'refused', id: 7, reason: 'altered' }]);
    const { opener, answers, serverPublicKey } = await begin();
    opener.take({ type: 'agree', id: 7, serverPublicKey });
    opener.take({ type: 'agree', id: 7, serverPublicKey });
    await until(() => answers.length > 0);
    expect(answers).toEqual([{ type: 'refused', id: 7, reason: 'agreement' }]);
  });
});

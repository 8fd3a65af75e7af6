// Wrong use of the cryptography through JavaScript, and what must come of it.
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type NativeAead, native } from '../../../src/native/index.js';
import { thrownBy } from '../thrown.js';

const key = native.generateKey();
const bytes = Buffer.from('bytes');
const invalid = { code: 'ERR_INVALID_ARGUMENT' };

/** Values of every type that is not a Uint8Array. */
const notBytes: unknown[] = [
  undefined,
  null,
  0,
  'text',
  {},
  [1, 2, 3],
  new ArrayBuffer(8),
  new DataView(new ArrayBuffer(8)),
  new Uint16Array(4),
  new Float64Array(4),
];
/** Values that are no key. */
const notKeys: unknown[] = [undefined, null, 1, 'key', {}, new Uint8Array(32), () => 0];

describe('misuse, row 17: wrong types and sizes throw before any work', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the point is to pass what the types forbid
  const call = native as any;

  it('wants bytes where bytes are due', () => {
    const publicKey = native.p256PublicKey(native.generateP256());
    for (const value of notBytes) {
      for (const action of [
        () => call.importKey(value),
        () => call.deriveSubkey(key, value),
        () => call.hmacSha256(key, value),
        () => call.equalConstantTime(value, bytes),
        () => call.equalConstantTime(bytes, value),
        () => call.sealMessage('ARIA-256-GCM', key, value, bytes),
        () => call.sealMessage('ARIA-256-GCM', key, bytes, value),
        () => call.openMessage('ARIA-256-GCM', key, value, bytes),
        () => call.openMessage('ARIA-256-GCM', key, bytes, value),
        () => call.wrapKey(key, key, value),
        () => call.unwrapKey(key, value, bytes),
        () => call.agreeP256(key, value, bytes),
        () => call.agreeP256(key, publicKey, value),
        () => call.signP256(key, value),
        () => call.verifyP256(value, bytes, bytes),
        () => call.verifyP256(publicKey, value, bytes),
        () => call.verifyP256(publicKey, bytes, value),
        () => call.deriveKey(value, Buffer.alloc(16), 100_000),
        () => call.deriveKey(bytes, value, 100_000),
      ]) {
        expect(thrownBy(action)).toMatchObject(invalid);
      }
    }
  });

  it('wants keys where keys are due', () => {
    for (const value of notKeys) {
      for (const action of [
        () => call.deriveSubkey(value, bytes),
        () => call.hmacSha256(value, bytes),
        () => call.sealMessage('ARIA-256-GCM', value, bytes, bytes),
        () => call.openMessage('ARIA-256-GCM', value, bytes, bytes),
        () => call.wrapKey(value, key, bytes),
        () => call.wrapKey(key, value, bytes),
        () => call.unwrapKey(value, bytes, bytes),
        () => call.p256PublicKey(value),
        () => call.agreeP256(value, bytes, bytes),
        () => call.signP256(value, bytes),
        () => call.revealRecoveryKey(value),
      ]) {
        expect(thrownBy(action)).toMatchObject(invalid);
      }
    }
  });

  it('takes no object that only looks like a key', () => {
    const impostor = Object.create(Object.getPrototypeOf(key));
    expect(thrownBy(() => call.hmacSha256(impostor, bytes))).toMatchObject(invalid);
    expect(thrownBy(() => call.hmacSha256(new Proxy(key, {}), bytes))).toMatchObject(invalid);
  });

  it('knows four algorithms by their exact names', () => {
    for (const name of ['', 'aria-256-gcm', 'AES-256-GCM', 'ARIA-256-GCM\0', undefined, 1, {}]) {
      expect(thrownBy(() => call.sealMessage(name, key, bytes, bytes))).toMatchObject(invalid);
      expect(thrownBy(() => call.openMessage(name, key, bytes, bytes))).toMatchObject(invalid);
    }
  });

  it('wants a number of iterations that policy allows', async () => {
    for (const value of [undefined, '100000', {}]) {
      expect(thrownBy(() => call.deriveKey(bytes, Buffer.alloc(16), value))).toMatchObject(invalid);
    }
    for (const value of [
      0,
      1,
      1000,
      99_999,
      2 ** 31,
      2 ** 32,
      2 ** 32 + 100_000,
      -1,
      NaN,
      1e5 + 0.5,
    ]) {
      await expect(
        (async () => call.deriveKey(bytes, Buffer.alloc(16), value))(),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_(POLICY|INVALID_ARGUMENT)$/) });
    }
    await expect(native.deriveKey(bytes, Buffer.alloc(15), 100_000)).rejects.toMatchObject({
      code: 'ERR_POLICY',
    });
  });
});

it('misuse, row 18: no call takes a nonce', () => {
  const names = Object.keys(native);
  for (const name of names) expect(name).not.toMatch(/nonce|iv$|lea|aria|gcm|ctr|cbc|seal$|open$/i);
  const first = native.sealMessage('ARIA-256-GCM', key, bytes, bytes);
  // Whatever more is passed is not looked at.
  const more = (native.sealMessage as (...all: unknown[]) => Buffer)(
    'ARIA-256-GCM',
    key,
    bytes,
    bytes,
    first.subarray(0, 12),
  );
  expect(more.subarray(0, 12).equals(first.subarray(0, 12))).toBe(false);
});

describe('misuse, row 33: memory that goes away', () => {
  it('takes a detached buffer for an empty one', () => {
    const detached = new Uint8Array(32);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(detached.byteLength).toBe(0);
    expect(thrownBy(() => native.importKey(detached))).toMatchObject(invalid);
    expect(thrownBy(() => native.openMessage('ARIA-256-GCM', key, bytes, detached))).toMatchObject({
      code: 'ERR_AUTH_TAG',
    });
    const sealed = native.sealMessage('ARIA-256-CBC-HMAC-SHA-256', key, detached, detached);
    expect(
      native.openMessage('ARIA-256-CBC-HMAC-SHA-256', key, Buffer.alloc(0), sealed),
    ).toHaveLength(0);
  });

  it('sees a resized buffer as it is now', () => {
    type Resizable = ArrayBuffer & { resize(size: number): void };
    const Constructor = ArrayBuffer as unknown as new (
      size: number,
      options: { maxByteLength: number },
    ) => Resizable;
    const buffer = new Constructor(32, { maxByteLength: 4096 });
    const tracking = new Uint8Array(buffer);
    const fixed = new Uint8Array(buffer, 0, 32);
    native.importKey(tracking);
    buffer.resize(8);
    expect(thrownBy(() => native.importKey(tracking))).toMatchObject(invalid);
    // 32 bytes of a buffer that has 8: out of bounds, hence empty.
    expect(thrownBy(() => native.importKey(fixed))).toMatchObject(invalid);
    buffer.resize(4096);
    const sealed = native.sealMessage('ARIA-256-GCM', key, bytes, tracking);
    expect(sealed).toHaveLength(12 + 4096 + 16);
  });

  it('derives from its own copies, whatever becomes of the arguments', async () => {
    const salt = Buffer.alloc(16, 7);
    const expected = native.deriveKey(Buffer.from('passphrase'), salt, 100_000);
    const passphrase = new Uint8Array(Buffer.from('passphrase'));
    const ownSalt = new Uint8Array(salt);
    const derived = native.deriveKey(passphrase, ownSalt, 100_000);
    passphrase.fill(0);
    structuredClone(null, { transfer: [passphrase.buffer, ownSalt.buffer] });
    expect(native.hmacSha256(await derived, bytes)).toEqual(
      native.hmacSha256(await expected, bytes),
    );
  });

  it('opens a message that lies in shared memory', () => {
    const shared = new SharedArrayBuffer(1 << 20);
    const sealed = new Uint8Array(shared);
    const plaintext = Buffer.alloc((1 << 20) - 48 - 16, 1);
    sealed.set(native.sealMessage('ARIA-256-CTR-HMAC-SHA-256', key, bytes, plaintext));
    const message = new Uint8Array(shared, 0, plaintext.length + 48);
    const opened = native.openMessage('ARIA-256-CTR-HMAC-SHA-256', key, bytes, message);
    expect(opened.equals(plaintext)).toBe(true);
  });

  it('survives workers that end in the middle of a derivation and of sealing', async () => {
    const addon = join(import.meta.dirname, '../../../build/Release/fluxvision_core.node');
    const source = `
      const { parentPort } = require('node:worker_threads');
      const native = require(${JSON.stringify(addon)});
      const key = native.generateKey();
      const text = Buffer.alloc(1 << 20);
      for (let i = 0; i < 8; i++) native.deriveKey(text.subarray(0, 9), text.subarray(0, 16), 200000);
      parentPort.postMessage('busy');
      for (;;) native.openMessage('ARIA-256-GCM', key, text.subarray(0, 4),
        native.sealMessage('ARIA-256-GCM', key, text.subarray(0, 4), text));
    `;
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(source, { eval: true });
      await once(worker, 'message');
      await worker.terminate();
    }
    const algorithm: NativeAead = 'ARIA-256-GCM';
    const sealed = native.sealMessage(algorithm, key, bytes, bytes);
    expect(native.openMessage(algorithm, key, bytes, sealed)).toEqual(bytes);
  });
});

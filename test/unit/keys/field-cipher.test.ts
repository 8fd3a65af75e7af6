import { describe, expect, it } from 'vitest';
import { native } from '../../../src/native/index.js';
import { thrownBy } from '../thrown.js';
import { createKeys, openKeys } from './stores.js';

const place = { table: 'cameras', column: 'url', row: 'door' };
const url = 'rtsp://admin:비밀@192.168.1.20:554/stream1';

describe('a sealed field', () => {
  it('comes back as it was, from another process too', async () => {
    const keys = await createKeys();
    for (const value of [url, '', 'x'.repeat(100_000), '\u0000 and \u{1f600}']) {
      expect(keys.fields.open(place, keys.fields.seal(place, value))).toBe(value);
    }
    const stored = keys.fields.seal(place, url);
    const other = await openKeys(keys.directory);
    expect(other.fields.open(place, stored)).toBe(url);
  });

  it('has the form of the specification behind its version and key id', async () => {
    const keys = await createKeys();
    const [version, id, base64 = ''] = keys.fields.seal(place, 'secret').split('.');
    expect(version).toBe('v1');
    expect(id).toBe(keys.databaseKey().id);
    // IV[16] || ciphertext, whole blocks || HMAC[32]
    expect(Buffer.from(base64, 'base64')).toHaveLength(16 + 16 + 32);
  });

  it('never looks the same twice', async () => {
    const keys = await createKeys();
    expect(keys.fields.seal(place, url)).not.toBe(keys.fields.seal(place, url));
  });

  it('misuse 21: whatever is altered, does not open, always in the same words', async () => {
    const keys = await createKeys();
    const stored = keys.fields.seal(place, url);
    const [version, id, base64 = ''] = stored.split('.');
    const bytes = Buffer.from(base64, 'base64');
    const flipped = (at: number) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ 1;
      return `${version}.${id}.${copy.toString('base64')}`;
    };
    const cut = (size: number) => `${version}.${id}.${bytes.subarray(0, size).toString('base64')}`;
    const bad = [
      flipped(0), // IV
      flipped(16), // ciphertext
      flipped(bytes.length - 32), // MAC
      flipped(bytes.length - 1),
      cut(bytes.length - 1),
      cut(bytes.length - 16),
      cut(63),
      cut(0),
      `${version}.${id}.${base64.slice(0, -1)}`,
      `${version}.${id}.${base64}====`,
      `${version}.${id}.*${base64.slice(1)}`,
      `v2.${id}.${base64}`,
      base64,
      '',
      'rtsp://in-the-clear/',
    ];
    const messages = new Set(
      bad.map((value) => {
        const error = thrownBy(() => keys.fields.open(place, value));
        expect(error.code).toBe('ERR_AUTH_TAG');
        expect(error.message).not.toContain('비밀');
        return error.message;
      }),
    );
    expect(messages.size).toBe(1);
  });

  it('misuse 21: does not open in another row, column or table', async () => {
    const keys = await createKeys();
    const stored = keys.fields.seal(place, url);
    for (const other of [
      { ...place, row: 'yard' },
      { ...place, column: 'username' },
      { ...place, table: 'users' },
      { table: 'camera', column: 's', row: 'urldoor' },
    ]) {
      expect(thrownBy(() => keys.fields.open(other, stored)).code).toBe('ERR_AUTH_TAG');
    }
  });

  it('misuse 21: does not open under another key id', async () => {
    const keys = await createKeys();
    const stored = keys.fields.seal(place, url);
    const next = keys.rotate({ purpose: 'database' });
    const [version, old, base64] = stored.split('.');
    expect(keys.fields.open(place, stored)).toBe(url);
    expect(thrownBy(() => keys.fields.open(place, `${version}.${next.id}.${base64}`)).code).toBe(
      'ERR_AUTH_TAG',
    );
    const none = '00000000-0000-4000-8000-000000000000';
    expect(thrownBy(() => keys.fields.open(place, `${version}.${none}.${base64}`)).code).toBe(
      'ERR_KEY_NOT_FOUND',
    );
    keys.destroyKeys({ ids: [old as string], reason: 'test' });
    expect(thrownBy(() => keys.fields.open(place, stored)).code).toBe('ERR_KEY_DESTROYED');
  });

  it('says whether it should be sealed anew', async () => {
    const keys = await createKeys();
    const stored = keys.fields.seal(place, url);
    expect(keys.fields.isStale(stored)).toBe(false);
    keys.rotate({ purpose: 'database' });
    expect(keys.fields.isStale(stored)).toBe(true);
    expect(keys.fields.isStale('rtsp://in-the-clear/')).toBe(true);
  });
});

it('a key for fields is not one for footage: the same bytes sealed for both differ in kind', async () => {
  const keys = await createKeys();
  const sealed = keys.fields.seal(place, url).split('.')[2] as string;
  expect(() =>
    native.openMessage(
      'ARIA-256-GCM',
      keys.databaseKey().key,
      Buffer.alloc(0),
      Buffer.from(sealed, 'base64'),
    ),
  ).toThrow();
});

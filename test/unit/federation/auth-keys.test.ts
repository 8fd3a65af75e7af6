import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../thrown.js';
import { ORIGIN, openNode, terms } from './auth.js';

describe('the key for other servers', () => {
  it('is shown once, and takes the place of one that nobody came with', async () => {
    const { auth, open, apiKeys } = await openNode();
    expect(auth.key()).toBeUndefined();
    const { key, ...made } = auth.createKey({ by: 'admin' });
    expect(made.scopes).toEqual(['metadata', 'media', 'ptz', 'export']);
    expect(auth.key()).toEqual(made);
    expect(auth.verifyHeader(key, 'media').id).toBe(made.id);
    const second = auth.createKey();
    expect(thrownBy(() => auth.verifyHeader(key, 'media')).code).toBe('ERR_API_KEY');
    auth.pair(second, { homeId: randomUUID(), name: 'Home', origins: [] });
    const third = auth.createKey();
    expect(apiKeys.list().map(({ id }) => id)).toEqual([second.id, third.id]);
    expect(open().key()?.id).toBe(third.id);
    expect([auth.revokeKey(), auth.revokeKey()]).toEqual([true, false]);
    expect(auth.key()).toBeUndefined();
    expect(auth.homes()).toHaveLength(1);
  });

  it('is refused in the same words whatever is wrong with it, and without a scope', async () => {
    const { auth, apiKeys } = await openNode();
    const { key } = apiKeys.create({ label: 'metrics', scopes: ['metrics'] });
    const refused = ['', undefined, null, [key], `${key} `, key.slice(0, -1), 'fvk_constructor_x'];
    const words = refused.map((bad) => {
      const { code, message } = thrownBy(() => auth.verifyHeader(bad, 'metrics'));
      return `${code} ${message}`;
    });
    expect(new Set(words).size).toBe(1);
    expect(words[0]).toContain('ERR_API_KEY');
    expect(thrownBy(() => auth.verifyHeader(key, 'media')).code).toBe('ERR_FORBIDDEN');
  });
});

describe('a home', () => {
  it('comes with a key, says what is new, and is there after a restart', async () => {
    const { auth, open, pair } = await openNode();
    let changes = 0;
    auth.on('changed', () => changes++);
    const { key, pairing } = pair();
    const [home] = auth.homes();
    expect(home).toMatchObject({ ...pairing, keyId: key.id });
    auth.pair(key, pairing);
    expect(changes).toBe(1);
    auth.pair(key, { ...pairing, name: 'HQ', origins: ['https://HOME.example:443'] });
    expect(changes).toBe(2);
    const [after] = open().homes();
    expect(after).toEqual({ ...home, name: 'HQ', origins: ['https://home.example'] });
  });

  it('has its key for itself, and is not this very server', async () => {
    const { auth, pair, serverId } = await openNode();
    const { key, pairing } = pair();
    const other = { ...pairing, homeId: randomUUID() };
    expect(thrownBy(() => auth.pair(key, other)).code).toBe('ERR_NODE_KEY_IN_USE');
    const self = { ...pairing, homeId: serverId };
    expect(thrownBy(() => auth.pair(key, self)).code).toBe('ERR_NODE_SELF');
    expect(auth.homes()).toHaveLength(1);
  });

  it('has a name that can be shown', async () => {
    const { auth, pair } = await openNode();
    const { key, pairing } = pair();
    const named = (name: string) => auth.pair(key, { ...pairing, name }).name;
    expect(named('HQ\u202e<b>\u0007 \u200b')).toBe('HQ<b>');
    expect(thrownBy(() => named('\u202e\n')).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('is refused with origins that are none of pages over TLS', async () => {
    const { auth, pair } = await openNode();
    const { key, pairing } = pair();
    const wrong = [
      ...['null', '*', 'https://', 'https://*', 'http://home.example', 'https://home.example/'],
      ...['https://home.example/x', 'https://kim@home.example', 'https://home.example?', 'file://'],
      ...['https://home.example\\x', 'https://home .example', 'https://home.example:99999', ''],
      ...[7, null, undefined, { toString: () => ORIGIN }, 'https://h\u00e9.example'],
    ];
    for (const origin of wrong) {
      const given = { ...pairing, origins: [origin as string] };
      expect([origin, thrownBy(() => auth.pair(key, given)).code]).toEqual([
        origin,
        'ERR_INVALID_ARGUMENT',
      ]);
    }
    const many = Array.from({ length: 17 }, (_, i) => `https://h${i}.example`);
    expect(thrownBy(() => auth.pair(key, { ...pairing, origins: many })).code).toBe(
      'ERR_INVALID_ARGUMENT',
    );
  });

  it('is known by exactly its origin', async () => {
    const { auth, pair } = await openNode();
    pair();
    expect(auth.isHomeOrigin(ORIGIN)).toBe(true);
    for (const other of [
      ...[undefined, '', 'null', 'https://home.example', 'https://home.example:8444', `${ORIGIN}/`],
      ...['http://home.example:8443', 'https://HOME.example:8443', `${ORIGIN}.evil.example`],
      ...['https://xhome.example:8443', ` ${ORIGIN}`, `${ORIGIN}0`, 'home.example:8443'],
    ]) {
      expect([other, auth.isHomeOrigin(other)]).toEqual([other, false]);
    }
  });

  it('goes with its key, however that ends', async () => {
    const { auth, open, pair, apiKeys } = await openNode();
    const [one, two, three] = [pair(), pair(), pair()];
    const holder = auth.redeem([auth.issueTicket(one.key, terms()).ticket], { origin: ORIGIN });
    expect(auth.unpair(one.key.id, { by: 'x' })).toBe(true);
    expect([holder.ended.reason, holder.may('live', 'door')]).toEqual(['revoked', false]);
    expect(apiKeys.get(one.key.id)).toBeUndefined();
    expect(auth.unpair(one.key.id)).toBe(false);
    apiKeys.revoke(two.key.id);
    expect(auth.homes().map(({ keyId }) => keyId)).toEqual([three.key.id]);
    auth.close();
    // Nobody hears of that.
    apiKeys.revoke(three.key.id);
    expect(open().homes()).toEqual([]);
  });
});

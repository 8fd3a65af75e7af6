import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiKeyScope } from '../../../src/sessions/index.js';
import { thrownBy } from '../thrown.js';
import { openManager } from './managers.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('an API key', () => {
  it('is shown once, and stands for its scopes from then on', async () => {
    const { keys, manager } = await openManager();
    const made = manager.apiKeys.create({ label: 'warehouse', scopes: ['metadata', 'media'] });
    expect(made.key).toMatch(/^fvk_[\da-f]{16}_[\w-]{43}$/);
    const { key, ...shown } = made;
    expect(manager.apiKeys.list()).toEqual([shown]);
    const used = manager.apiKeys.verify(key);
    expect(used).toMatchObject({ id: made.id, scopes: ['metadata', 'media'] });
    expect(used.lastUsedAt).toBeGreaterThanOrEqual(made.createdAt);
    await manager.close();
    const again = await openManager({ keys });
    expect(again.manager.apiKeys.verify(key)).toEqual(used);
  });

  it('is refused in the same words wherever it differs', async () => {
    const { manager } = await openManager();
    const { id, key } = manager.apiKeys.create({ label: 'metrics', scopes: ['metrics'] });
    const other = manager.apiKeys.create({ label: 'other', scopes: ['metrics'] });
    const secret = key.slice(key.indexOf(id) + id.length + 1);
    const flipped = secret.startsWith('A') ? `B${secret.slice(1)}` : `A${secret.slice(1)}`;
    const elsewhere = await openManager();
    const words = [
      ...['', 'fvk_', 'fvk___proto__', 'fvk_constructor_x', `${key} `, ` ${key}`, `${key}\n`],
      ...[key.toUpperCase(), `fvk_${id}_`, `fvk_${id}_${flipped}`, `fvk_${other.id}_${secret}`],
      ...[`fvk_${'0'.repeat(16)}_${secret}`, `fvk_constructor0000_${secret}`],
      elsewhere.manager.apiKeys.create({ label: 'foreign', scopes: ['metrics'] }).key,
      ...[undefined, null, 7, { key }, [key]],
    ].map((bad) => {
      const { code, message } = thrownBy(() => manager.apiKeys.verify(bad as string));
      return `${code}: ${message}`;
    });
    expect(new Set(words).size).toBe(1);
    expect(words[0]).toContain('ERR_API_KEY');
    expect(manager.apiKeys.verify(key).id).toBe(id);
  });

  it('ends when it expires and when it is revoked, which its connections hear', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { keys, manager } = await openManager();
    const expiresAt = Date.now() + 60_000;
    const brief = manager.apiKeys.create({ label: 'guest', scopes: ['ptz'], expiresAt });
    const lasting = manager.apiKeys.create({ label: 'server', scopes: ['media'] }, { by: 'admin' });
    vi.setSystemTime(expiresAt);
    expect(thrownBy(() => manager.apiKeys.verify(brief.key)).code).toBe('ERR_API_KEY');
    const heard: string[] = [];
    manager.on('apiKeyRevoked', (id) => heard.push(id));
    expect(manager.apiKeys.revoke(lasting.id, { by: 'admin' })).toBe(true);
    expect(manager.apiKeys.revoke(lasting.id)).toBe(false);
    expect(heard).toEqual([lasting.id]);
    expect(thrownBy(() => manager.apiKeys.verify(lasting.key)).code).toBe('ERR_API_KEY');
    expect(keys.audit.list().filter(({ actor }) => actor === 'admin')).toMatchObject([
      { action: 'apikey.create', subject: lasting.id, detail: { label: 'server' } },
      { action: 'apikey.revoke', subject: lasting.id, detail: { label: 'server' } },
    ]);
  });

  it('needs a label and scopes that there are', async () => {
    const { manager } = await openManager();
    for (const bad of [
      { label: '', scopes: ['media'] },
      { label: 'x', scopes: [] },
      { label: 'x', scopes: ['admin'] },
      { label: 'x', scopes: ['__proto__'] },
      { label: 'x', scopes: 'media' },
      { label: 'x', scopes: ['media'], expiresAt: 'soon' },
    ]) {
      const options = bad as unknown as { label: string; scopes: ApiKeyScope[] };
      expect(thrownBy(() => manager.apiKeys.create(options)).code).toBe('ERR_INVALID_ARGUMENT');
    }
    expect(manager.apiKeys.list()).toEqual([]);
  });
});

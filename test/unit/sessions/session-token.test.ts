import { describe, expect, it, vi } from 'vitest';
import { SessionTokens } from '../../../src/sessions/index.js';
import { createKeys, openKeys } from '../keys/stores.js';
import { thrownBy } from '../thrown.js';

async function issuer(audience?: string) {
  const keys = await createKeys();
  const tokens = new SessionTokens({ keys, ...(audience && { audience }) });
  return { keys, tokens, ...tokens.issue({ userId: 'kim', permissions: ['live', 'export'] }) };
}

const refusal = (call: () => unknown) => {
  const { code, message } = thrownBy(call);
  return `${code}: ${message}`;
};

describe('a session token', () => {
  it('gives back whom it stands for, in every process of the store', async () => {
    const { keys, tokens, token, session } = await issuer();
    expect(tokens.verify(token)).toEqual(session);
    expect(session).toMatchObject({ userId: 'kim', permissions: ['live', 'export'] });
    expect(session.expiresAt - session.issuedAt).toBe(24 * 3600 * 1000);
    const other = new SessionTokens({ keys: await openKeys(keys.directory) });
    expect(other.verify(token)).toEqual(session);
  });

  it('shows nothing of it', async () => {
    const { token } = await issuer();
    const content = Buffer.from(token.split('.')[2] as string, 'base64url').toString('latin1');
    expect(content).not.toContain('kim');
    expect(content).not.toContain('live');
  });

  it('misuse 23: is refused in the same words with any bit flipped, cut, foreign or expired', async () => {
    const { keys, tokens, token } = await issuer();
    const [head, id, text = ''] = token.split('.');
    const bytes = Buffer.from(text, 'base64url');
    const reasons = new Set<string>();
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 0x80]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ bit;
        reasons.add(refusal(() => tokens.verify(`${head}.${id}.${flipped.toString('base64url')}`)));
      }
    }
    for (let size = 0; size < text.length; size += 7) {
      reasons.add(refusal(() => tokens.verify(`${head}.${id}.${text.slice(0, size)}`)));
    }
    const other = await issuer();
    reasons.add(refusal(() => tokens.verify(other.token)));
    const tenant = new SessionTokens({ keys, audience: 'another tenant' });
    reasons.add(refusal(() => tenant.verify(token)));
    reasons.add(refusal(() => tokens.verify('')));
    reasons.add(refusal(() => tokens.verify(undefined as never)));
    reasons.add(refusal(() => tokens.verify(`${token}=`)));
    reasons.add(refusal(() => tokens.verify('x'.repeat(100_000))));
    const brief = tokens.issue({ userId: 'kim', lifetime: 60 });
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    reasons.add(refusal(() => tokens.verify(brief.token)));
    vi.useRealTimers();
    expect([...reasons]).toEqual(['ERR_SESSION: The session is not valid any more. Log in again.']);
  });

  it('misuse 23: is refused after logout, by other processes and after a restart too', async () => {
    const { keys, tokens, token } = await issuer();
    const second = tokens.issue({ userId: 'kim' });
    tokens.revoke(token);
    expect(thrownBy(() => tokens.verify(token)).code).toBe('ERR_SESSION');
    await keys.close();
    const again = new SessionTokens({ keys: await openKeys(keys.directory) });
    expect(thrownBy(() => again.verify(token)).code).toBe('ERR_SESSION');
    expect(again.verify(second.token).userId).toBe('kim');
  });

  it('outlives midnight, when the key changes', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-01-26T23:00:00Z'), toFake: ['Date'] });
    try {
      const { tokens, token } = await issuer();
      vi.setSystemTime(Date.parse('2026-01-27T22:59:59Z'));
      expect(tokens.verify(token).userId).toBe('kim');
      expect(tokens.issue({ userId: 'lee' }).token.split('.')[1]).not.toBe(token.split('.')[1]);
      vi.setSystemTime(Date.parse('2026-01-27T23:00:00Z'));
      expect(thrownBy(() => tokens.verify(token)).code).toBe('ERR_SESSION');
    } finally {
      vi.useRealTimers();
    }
  });

  it('is never issued for longer than a day, and names what is wrong', async () => {
    const { tokens } = await issuer();
    const message = (options: object) => thrownBy(() => tokens.issue(options as never)).message;
    expect(message({ userId: 'kim', lifetime: 86_401 })).toContain('lifetime');
    expect(message({})).toContain('userId');
    expect(message({ userId: 'kim', permissions: [5] })).toContain('permissions');
    expect(message({ userId: 'kim', permissions: Array(65).fill('x') })).toContain('permissions');
  });
});

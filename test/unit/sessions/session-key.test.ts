import { createECDH } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { SessionKey } from '../../../src/sessions/index.js';
import { thrownBy } from '../thrown.js';

function pair() {
  const [client, server] = [new SessionKey('client'), new SessionKey('server')];
  client.agree(server.publicKey);
  server.agree(client.publicKey);
  return { client, server };
}

const frame = Buffer.from('a frame');

describe('an agreed session', () => {
  it('carries messages both ways', () => {
    const { client, server } = pair();
    for (const text of ['one', '', 'x'.repeat(100_000)]) {
      expect(server.open(client.seal(Buffer.from(text))).toString()).toBe(text);
      expect(client.open(server.seal(Buffer.from(text))).toString()).toBe(text);
    }
  });

  it('does not take a message back as an answer, nor one from another session', () => {
    const { client, server } = pair();
    expect(thrownBy(() => client.open(client.seal(frame))).code).toBe('ERR_AUTH_TAG');
    expect(thrownBy(() => server.open(pair().client.seal(frame))).code).toBe('ERR_AUTH_TAG');
  });

  it('does not take a message twice, or an older one; dropped ones do no harm', () => {
    const { client, server } = pair();
    const [first, second, third] = [client.seal(frame), client.seal(frame), client.seal(frame)];
    expect(server.open(first)).toEqual(frame);
    expect(thrownBy(() => server.open(first)).code).toBe('ERR_AUTH_TAG');
    expect(server.open(third)).toEqual(frame);
    expect(thrownBy(() => server.open(second)).code).toBe('ERR_AUTH_TAG');
  });

  it('notices every altered byte, and goes on afterwards', () => {
    const { client, server } = pair();
    const message = client.seal(frame);
    for (let at = 0; at < message.length; at++) {
      const altered = Buffer.from(message);
      altered[at] = (altered[at] as number) ^ 1;
      expect(thrownBy(() => server.open(altered)).code).toBe('ERR_AUTH_TAG');
    }
    for (let size = 0; size < message.length; size++) {
      expect(thrownBy(() => server.open(message.subarray(0, size))).code).toBe('ERR_AUTH_TAG');
    }
    expect(server.open(message)).toEqual(frame);
  });

  it('ends after 24 hours, and when it is closed', () => {
    const { client, server } = pair();
    const message = client.seal(frame);
    vi.useFakeTimers({ now: server.expiresAt, toFake: ['Date'] });
    expect(thrownBy(() => server.open(message)).code).toBe('ERR_SESSION');
    vi.useRealTimers();
    client.close();
    expect(thrownBy(() => client.seal(frame)).code).toBe('ERR_SESSION');
  });

  it('misuse 25: is not agreed with a key that is no point of the curve', () => {
    const good = new SessionKey('client').publicKey;
    const compressed = createECDH('prime256v1');
    compressed.generateKeys();
    const offCurve = Buffer.from(good);
    offCurve[64] = (offCurve[64] as number) ^ 1;
    for (const peer of [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.alloc(65),
      Buffer.concat([Buffer.of(4), Buffer.alloc(64)]),
      offCurve,
      good.subarray(0, 64),
      compressed.getPublicKey(null, 'compressed'),
      (() => {
        const other = createECDH('secp256k1');
        other.generateKeys();
        return other.getPublicKey();
      })(),
    ]) {
      expect(thrownBy(() => new SessionKey('server').agree(peer)).code).toBe('ERR_PEER_KEY');
    }
  });

  it('has its key once, and none before', () => {
    const session = new SessionKey('client');
    expect(thrownBy(() => session.seal(frame)).code).toBe('ERR_SESSION');
    session.agree(new SessionKey('server').publicKey);
    expect(thrownBy(() => session.agree(new SessionKey('server').publicKey)).code).toBe(
      'ERR_STATE',
    );
    expect(thrownBy(() => new SessionKey('other' as never)).message).toContain('side');
  });
});

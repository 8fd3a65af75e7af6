import { describe, expect, it } from 'vitest';
import {
  type KnownServer,
  MAX_SERVERS,
  orderServers,
  readServers,
  refusalOf,
  serverOrigin,
} from '../../../../examples/nvr/web/servers/server-list.js';
import {
  DISCONNECTED,
  nextStatus,
  type ServerSignal,
} from '../../../../examples/nvr/web/servers/server-state.js';

function through(...signals: ServerSignal[]) {
  return signals.reduce(nextStatus, DISCONNECTED);
}

describe('the state of a server', () => {
  it('goes from connecting by a login to connected', () => {
    const asked = through({ type: 'connect' }, { type: 'reached', session: false });
    expect(asked.state).toBe('AUTHENTICATING');
    expect(nextStatus(asked, { type: 'logged_in' })).toEqual({ state: 'CONNECTED', attempts: 0 });
  });

  it('needs no login where a session goes on', () => {
    expect(through({ type: 'connect' }, { type: 'reached', session: true }).state).toBe(
      'CONNECTED',
    );
  });

  it('counts failures until it is reached again', () => {
    const failed = { type: 'failed', fault: 'unreachable', retryAt: 7 } as const;
    const twice = through({ type: 'connect' }, failed, { type: 'connect' }, failed);
    expect(twice).toEqual({ state: 'ERROR', fault: 'unreachable', attempts: 2, retryAt: 7 });
    const again = nextStatus(nextStatus(twice, { type: 'connect' }), {
      type: 'reached',
      session: true,
    });
    expect(again.attempts).toBe(0);
  });

  it('asks again after a refused login and an ended session, saying why', () => {
    const reached = through({ type: 'connect' }, { type: 'reached', session: false });
    expect(nextStatus(reached, { type: 'refused' })).toMatchObject({
      state: 'AUTHENTICATING',
      fault: 'refused',
    });
    const ended = nextStatus(nextStatus(reached, { type: 'logged_in' }), { type: 'session_ended' });
    expect(ended).toMatchObject({ state: 'AUTHENTICATING', fault: 'session_ended' });
  });

  it('does not care for answers to what was given up', () => {
    const late: ServerSignal[] = [
      { type: 'reached', session: true },
      { type: 'logged_in' },
      { type: 'failed', fault: 'unreachable' },
      { type: 'session_ended' },
    ];
    for (const signal of late) {
      expect(through({ type: 'connect' }, { type: 'disconnect' }, signal)).toEqual(DISCONNECTED);
    }
  });
});

const server = (id: string, more: Partial<KnownServer> = {}): KnownServer => ({
  ...{ id, name: id, address: `https://${id}.example:8443`, favourite: false, group: '' },
  ...more,
});

describe('the list of servers', () => {
  it('reads what it wrote, and leaves out what nobody wrote like that', () => {
    const good = [server('a'), server('b', { favourite: true, group: 'Sites' })];
    expect(readServers(JSON.parse(JSON.stringify(good)))).toEqual(good);
    const bad = [
      null,
      1,
      {},
      { id: 'x', address: 'http://x' },
      { id: 'y', address: 'javascript://1' },
    ];
    expect(readServers([...bad, server('a'), server('a')])).toEqual([server('a')]);
    expect(readServers('servers')).toEqual([]);
    const many = Array.from({ length: 20 }, (_, i) => server(`s${i}`));
    expect(readServers(many)).toHaveLength(MAX_SERVERS - 1);
  });

  it('makes an origin of what was typed', () => {
    expect(serverOrigin(' Warehouse.example ')).toBe('https://warehouse.example:8443');
    expect(serverOrigin('10.0.0.9:9000')).toBe('https://10.0.0.9:9000');
    expect(serverOrigin('https://[fd00::1]/')).toBe('https://[fd00::1]:8443');
    expect(serverOrigin('https://nvr.example:443')).toBe('https://nvr.example');
  });

  it('takes no other address', () => {
    const wrong = [
      '',
      'http://a',
      'https://a/b',
      'https://u:p@a',
      'https://a?x',
      'file:///a',
      'a b',
    ];
    expect(wrong.map(serverOrigin)).toEqual(wrong.map(() => undefined));
  });

  it('has favourites first, then groups and names', () => {
    const list = [
      server('10', { group: 'B' }),
      server('9', { group: 'B' }),
      server('x', { group: 'A' }),
      server('z', { favourite: true }),
    ];
    expect(orderServers(list, 'en').map(({ id }) => id)).toEqual(['z', 'x', '9', '10']);
  });

  it('takes neither itself, nor one twice, nor more than eight', () => {
    expect(refusalOf([], { id: 'me' }, 'me')).toBe('own');
    expect(refusalOf([server('a')], { id: 'a' }, 'me')).toBe('known');
    const full = Array.from({ length: MAX_SERVERS - 1 }, (_, i) => server(`s${i}`));
    expect(refusalOf(full, { id: 'a' }, 'me')).toBe('full');
    expect(refusalOf(full.slice(1), { id: 'a' }, 'me')).toBeUndefined();
  });
});

// Settings that are changed while the server runs: what holds at once, and what waits for a restart.
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  type Config,
  parseConfig,
  takeOver,
} from '../../../../examples/nvr/server/config/index.js';
import { streamingOf } from '../../../../examples/nvr/server/streaming.js';
import { ORIGIN, serve } from './served.js';

function settings(text: string): Config {
  return parseConfig(`storage: footage\n${text}`, '/etc/nvr.yaml');
}

describe('settings that were read again', () => {
  it('hold at once, or wait for a restart, and are named', () => {
    const before = settings('limits: { bandwidthMbps: 50 }\nlisten: { port: 8443 }\nname: Gate');
    const next = settings(
      'limits: { bandwidthMbps: 8, clients: 3 }\nlisten: { port: 9000 }\nmetrics: false\nname: Door',
    );
    const { config, applied, needRestart } = takeOver(before, next);
    expect(applied).toEqual(['limits.bandwidthMbps', 'limits.clients']);
    expect(needRestart).toEqual(['listen.port', 'metrics']);
    expect(config).toMatchObject({ limits: { bandwidthMbps: 8 }, listen: { port: 8443 } });
    expect(config.metrics).toBe(true);
    expect(takeOver(next, next)).toMatchObject({ applied: [], needRestart: [] });
    // What was taken out has its default again.
    expect(takeOver(next, before).config.limits).toEqual(before.limits);
  });
});

describe('a server whose settings are changed', () => {
  it('holds clients to another bandwidth, and talks to pages of another origin', async () => {
    const served = await serve();
    const { nvr } = served;
    const token = await served.setUp();
    const watched = once(streamingOf(nvr).bus, 'quota');
    const other = 'https://other.example:8443';
    await nvr.reconfigure({
      ...nvr.config,
      limits: { ...nvr.config.limits, bandwidthMbps: 8, clients: 1 },
      allowedOrigins: [other],
      logLevel: 'error',
      transcode: 'auto',
    });
    expect(await watched).toEqual([nvr.sessions.sessions()[0]?.id]);
    const { items } = (await served.ask('GET', '/api/system/sessions', { token })).json();
    expect(items[0].quota.maxBandwidthMbps).toBe(8);
    const answer = await served.ask('GET', '/api/setup', { headers: { origin: other } });
    expect(answer.headers['access-control-allow-origin']).toBe(other);
    expect(answer.headers['content-security-policy']).toContain(
      `${other} wss://other.example:8443`,
    );
    const foreign = await served.ask('GET', '/api/setup', { headers: { origin: ORIGIN } });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
    await served.login('admin');
    expect(nvr.sessions.sessions()).toHaveLength(1);
    expect(nvr.log.level).toBe('error');
    expect(nvr.config.transcode).toBeUndefined();
    expect(nvr.troubles.list()).toMatchObject([
      { code: 'SETTINGS_WAIT', message: expect.stringContaining('transcode.') },
    ]);
  });

  it('says what is wrong in the file until it is read without a mistake', async () => {
    const { nvr } = await serve();
    nvr.refuseSettings('nvr.yaml:3:3: what is wrong');
    expect(nvr.troubles.list()).toMatchObject([
      { code: 'SETTINGS_REFUSED', message: 'nvr.yaml:3:3: what is wrong' },
    ]);
    await nvr.reconfigure(nvr.config);
    expect(nvr.troubles.list()).toEqual([]);
  });
});

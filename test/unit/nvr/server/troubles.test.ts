// What is wrong with the server, told in words that say what to do.
import { FluxError } from '@fluxvision/core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Served, serve, serveShared } from './served.js';

let served: Served;
let token: string;

beforeAll(async () => {
  served = await serveShared();
  token = await served.setUp();
});

async function troubles() {
  return (await served.ask('GET', '/api/system/stats', { token })).json().troubles;
}

describe('a trouble', () => {
  it('with the disk comes with what stops the recording, and goes with it', async () => {
    const { recorder } = served.nvr;
    const error = new FluxError('ERR_STORAGE_FULL', 'There is no room.');
    recorder.emit('recordingBlocked', { reason: 'full', error });
    expect(await troubles()).toMatchObject([
      {
        code: 'ERR_STORAGE_FULL',
        severity: 'error',
        message: expect.stringContaining('retention'),
      },
    ]);
    recorder.emit('recordingResumed', { reason: 'full', from: 0 });
    const gone = new FluxError('ERR_STORAGE_MISSING', 'It is gone.');
    recorder.emit('recordingBlocked', { reason: 'storage', error: gone });
    expect(await troubles()).toMatchObject([
      { code: 'ERR_STORAGE_MISSING', message: expect.stringContaining('Mount the disk') },
    ]);
    recorder.emit('recordingResumed', { reason: 'storage', from: 0 });
    expect(await troubles()).toEqual([]);
  });

  it('with a database that another program holds is one, until it lets go', async () => {
    const { store } = served.nvr;
    const held = vi.spyOn(store, 'setSetting').mockImplementation(() => {
      throw new FluxError('ERR_CONFIG', '/var/lib/x/config.db: database is locked');
    });
    const body = { theme: 'dark' };
    const refused = await served.ask('PUT', '/api/account/preferences', { token, body });
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'ERR_CONFIG']);
    expect(refused.json().detail).toMatch(/another program may hold it/);
    expect(refused.body).not.toContain('/var/lib');
    expect(await troubles()).toMatchObject([{ code: 'ERR_CONFIG' }]);
    held.mockRestore();
    await vi.waitFor(async () => expect(await troubles()).toEqual([]), 10_000);
  });

  it('with the certificate is told two weeks before its end', async () => {
    const in_ = async (days: number) => {
      const validTo = Date.now() + days * 24 * 3_600_000;
      const { nvr } = await serve({ identity: { validTo, generated: true } });
      return nvr.troubles.list();
    };
    expect(await in_(20)).toEqual([]);
    expect(await in_(10)).toMatchObject([
      {
        code: 'CERTIFICATE_EXPIRES',
        severity: 'warning',
        message: expect.stringMatching(/Restart/),
      },
    ]);
    expect(await in_(-1)).toMatchObject([{ code: 'CERTIFICATE_EXPIRED', severity: 'error' }]);
  });

  it('with the keys is what the server starts with where the passphrase is wrong', async () => {
    const { nvr } = served;
    const other = await serve({ storage: nvr.config.storage, passphrase: 'not the one' });
    expect(other.nvr.troubles.list()).toMatchObject([{ code: 'ERR_KEY_PASSPHRASE' }]);
    const answer = await other.ask('GET', '/api/setup');
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'ERR_LOCKED']);
  });
});

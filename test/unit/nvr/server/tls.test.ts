// Certificates that the server makes for itself.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { expect, it, vi } from 'vitest';
import type { Config } from '../../../../examples/nvr/server/config/index.js';
import { openLog } from '../../../../examples/nvr/server/logs.js';
import { Troubles } from '../../../../examples/nvr/server/system/index.js';
import {
  CertificateWatch,
  localNames,
  openIdentity,
} from '../../../../examples/nvr/server/tls/index.js';
import { temporaryDirectory } from '../../temporary-directory.js';

function config(change: Partial<Config> = {}): Config {
  return { file: 'nvr.yaml', storage: temporaryDirectory(), ...change };
}

it('is made once, for all names of the machine, and readable by the server alone', async () => {
  const settings = config({ tls: { names: ['cctv.example', '192.0.2.77'] } });
  const identity = await openIdentity(settings);
  expect(identity).toMatchObject({ selfSigned: true, generated: true });
  expect(identity.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const certificate = new X509Certificate(identity.certificate);
  for (const name of ['localhost', 'cctv.example']) expect(certificate.checkHost(name)).toBe(name);
  for (const address of ['127.0.0.1', '::1', '192.0.2.77']) {
    expect(certificate.checkIP(address)).toBe(address);
  }
  expect(certificate.ca).toBe(false);
  createSecureContext({ cert: identity.certificate, key: identity.key });
  const key = join(settings.storage, 'tls', 'server.key');
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect((await openIdentity(settings)).fingerprint).toBe(identity.fingerprint);
});

it('is made anew before it expires, and where a name is new', async () => {
  const settings = config();
  const first = await openIdentity(settings);
  const more = { ...settings, tls: { names: ['new.example'] } };
  const second = await openIdentity(more);
  expect(second.fingerprint).not.toBe(first.fingerprint);
  vi.useFakeTimers({ now: Date.now() + 370 * 24 * 3_600_000, toFake: ['Date'] });
  try {
    const third = await openIdentity(more);
    expect(third.fingerprint).not.toBe(second.fingerprint);
    expect(third.validTo).toBeGreaterThan(second.validTo);
  } finally {
    vi.useRealTimers();
  }
});

it('is signed by an authority of its own where that is asked for', async () => {
  const settings = config({ tls: { generate: 'authority' } });
  const identity = await openIdentity(settings);
  expect(identity).toMatchObject({ selfSigned: false, generated: true });
  const [leaf, authority] = identity.certificate
    .split(/(?<=-----END CERTIFICATE-----)\s+/)
    .filter((pem) => pem.trim() !== '')
    .map((pem) => new X509Certificate(pem));
  expect(authority?.ca).toBe(true);
  expect(leaf?.checkIssued(authority as X509Certificate)).toBe(true);
  expect(leaf?.verify((authority as X509Certificate).publicKey)).toBe(true);
});

it('is that of the settings where they name one, and says what is wrong with it', async () => {
  const made = await openIdentity(config());
  const settings = config();
  const files = {
    certificate: join(settings.storage, 'a.crt'),
    key: join(settings.storage, 'a.key'),
  };
  writeFileSync(files.certificate, made.certificate);
  writeFileSync(files.key, made.key);
  const own = await openIdentity({ ...settings, tls: files });
  expect(own).toMatchObject({ fingerprint: made.fingerprint, generated: false });
  writeFileSync(files.key, (await openIdentity(config())).key);
  await expect(openIdentity({ ...settings, tls: files })).rejects.toThrow(/another certificate/);
  writeFileSync(files.certificate, 'no certificate');
  await expect(openIdentity({ ...settings, tls: files })).rejects.toMatchObject({
    code: 'ERR_CERTIFICATE',
  });
});

it('is made anew while the server runs, and complained of only where it is not', async () => {
  const DAY = 24 * 3_600_000;
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  const settings = config();
  const identity = await openIdentity(settings);
  const [troubles, { log }] = [new Troubles(), openLog('error', { write: () => {} })];
  const watch = new CertificateWatch({ config: settings, identity, troubles, log });
  try {
    watch.start();
    const renewed = once(watch, 'renewed');
    vi.setSystemTime(identity.validTo - 20 * DAY);
    vi.advanceTimersByTime(3_600_000);
    const [next] = await renewed;
    expect(next.fingerprint).not.toBe(identity.fingerprint);
    expect(watch.identity).toBe(next);
    // Its files are of no use at the end of the next one.
    writeFileSync(join(settings.storage, 'tls', 'server.crt'), 'no certificate');
    vi.setSystemTime(next.validTo - DAY);
    await watch.reload();
    expect(watch.identity).toBe(next);
    const told = troubles.list().map(({ code }) => code);
    expect(told.sort()).toEqual(['CERTIFICATE_EXPIRES', 'ERR_CERTIFICATE']);
    rmSync(join(settings.storage, 'tls'), { recursive: true });
    await watch.reload();
    expect(troubles.list()).toEqual([]);
  } finally {
    watch.stop();
    vi.useRealTimers();
  }
});

it('names what the machine is reached by', () => {
  expect(localNames(['a.example'])).toEqual(
    expect.arrayContaining(['localhost', 'a.example', '127.0.0.1']),
  );
  expect(localNames().some((name) => name.startsWith('fe80'))).toBe(false);
});

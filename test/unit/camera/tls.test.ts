// Whom a camera's connections believe: what may be given, and what comes of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkCamera } from '../../../src/camera/index.js';
import { Camera, type CameraTlsOptions, Recorder } from '../../../src/index.js';
import { privateAuthority } from '../../support/private-authority.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';

const folder = mkdtempSync(join(tmpdir(), 'fluxvision-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { ca, cert, key } = privateAuthority(folder);
const checked = (tls?: CameraTlsOptions) =>
  checkCamera({ id: 'door', url: 'rtsps://192.0.2.1/', ...(tls && { tls }) }).native.main;

it('believes the authorities of the system unless it is told others', () => {
  const nothing = { tlsAuthorities: '', tlsServerName: '', tlsVerify: true, tlsFingerprint: '' };
  expect(checked()).toMatchObject(nothing);
  expect(checked({})).toMatchObject(nothing);
});

it('takes authorities as text, as bytes and several of them, without what stands between', () => {
  expect(checked({ ca }).tlsAuthorities).toBe(ca);
  expect(checked({ ca: Buffer.from(`a comment\r\n${ca}`) }).tlsAuthorities).toBe(ca);
  expect(checked({ ca: [ca, Buffer.from(cert)] }).tlsAuthorities).toBe(ca + cert);
  expect(checked({ ca: ca + cert }).tlsAuthorities).toBe(ca + cert);
  expect(checked({ servername: 'gate.example' }).tlsServerName).toBe('gate.example');
});

it('knows rejectUnauthorized by its former name too', () => {
  expect(checked({ rejectUnauthorized: false }).tlsVerify).toBe(false);
  expect(checked({ verify: false }).tlsVerify).toBe(false);
  const both = thrownBy(() => checked({ verify: false, rejectUnauthorized: true }));
  expect(both.message).toContain('tls: verify');
});

it.each([
  ['no PEM', 'not a certificate'],
  ['nothing', ''],
  ['an empty array', []],
  ['a number', 7],
  ['a private key', key],
  ['a damaged certificate', ca.replace(/\n.{8}/, '\n????????')],
  ['one that is none beside one that is', [ca, 'none']],
  ['more than a megabyte', ca + ' '.repeat(1024 * 1024)],
])('refuses %s as authority, naming the option and showing nothing of it', (_, given) => {
  const error = thrownBy(() => checked({ ca: given as string }));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toMatch(/^Camera: tls: ca must be PEM/);
  expect(error.message).not.toContain('MI');
});

it('is refused by a recorder as by a camera', async () => {
  const storage = temporaryDirectory();
  const camera = { id: 'door', url: 'rtsps://192.0.2.1/', tls: { ca: 'none' } };
  expect(() => new Camera(camera)).toThrow(/tls: ca/);
  await expect(
    Recorder.open({ storage, passphrase: 'correct horse battery staple', cameras: [camera] }),
  ).rejects.toThrow(/tls: ca/);
});

it('names the side whose authorities are wrong', () => {
  const camera = (own: object) =>
    checkCamera({
      ...{ id: 'door', url: 'rtsps://192.0.2.1/', tls: { ca } },
      onvif: { url: 'https://192.0.2.1/', ...own },
    });
  expect(() => camera({ tls: { ca: 'none' } })).toThrow(/onvif: tls: ca/);
  expect(() => camera({ tls: { fingerprint: 'ab' } })).toThrow(/no option 'fingerprint'/);
});

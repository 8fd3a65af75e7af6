import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ConfigStore, KeyManager, type StoredCamera } from '../../../src/index.js';
import { privateAuthority } from '../../support/private-authority.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';

async function store() {
  const storage = temporaryDirectory();
  const keys = await KeyManager.create({
    directory: join(storage, 'keys'),
    passphrase: 'correct horse battery staple',
  });
  const config = await ConfigStore.open({ storage, keys });
  onTestFinished(async () => {
    await config.close();
    await keys.close();
  });
  return { config, keys, storage };
}

const camera: StoredCamera = {
  id: 'door',
  url: 'rtsp://192.0.2.7/main',
  username: 'nvr',
  password: 'main secret',
  sub: { url: 'rtsp://192.0.2.7/sub', password: 'sub secret' },
  transport: 'auto',
  audio: false,
  policies: { keepAlive: 'options' },
  onvif: { url: 'http://192.0.2.7/onvif/device_service', password: 'onvif secret' },
  recording: { streams: ['main', 'sub'], mode: 'event', preRoll: 8 },
};

it('keeps everything that a camera is told, and shows none of it in the file', async () => {
  const { config, storage } = await store();
  config.setCamera(camera);
  config.setCamera({ id: 'yard', url: 'rtsp://192.0.2.8/' });
  expect(config.camera('door')).toEqual(camera);
  expect(config.camera('yard')).toEqual({ id: 'yard', url: 'rtsp://192.0.2.8/' });
  await config.close();
  const file = readFileSync(join(storage, 'config.db'), 'latin1');
  for (const text of ['192.0.2.7', 'main secret', 'sub secret', 'device_service', 'keepAlive'])
    expect(file).not.toContain(text);
});

it('keeps authorities that were given as bytes', async () => {
  const { config } = await store();
  const { ca } = privateAuthority(temporaryDirectory());
  const tls = { ca: [Buffer.from(ca)], servername: 'gate.example' };
  const onvif = { url: 'https://192.0.2.7/', tls: { ca: Buffer.from(ca) } };
  config.setCamera({ ...camera, tls, onvif });
  expect(config.camera('door')).toEqual({
    ...camera,
    tls: { ...tls, ca },
    onvif: { ...onvif, tls: { ca } },
  });
});

it('seals it anew under a new key', async () => {
  const { config, keys } = await store();
  config.setCamera(camera);
  keys.rotate({ purpose: 'database' });
  expect(config.reseal()).toBe(4);
  expect(config.reseal()).toBe(0);
  expect(config.camera('door')).toEqual(camera);
});

it('refuses what the recorder would refuse', async () => {
  const { config } = await store();
  const refused = (change: object) =>
    thrownBy(() => config.setCamera({ ...camera, ...change } as StoredCamera)).message;
  expect(refused({ transport: 'pigeon' })).toContain('transport');
  expect(refused({ colour: 'red' })).toContain('colour');
  expect(refused({ recording: { streams: ['third'] } })).toContain('streams');
  expect(refused({ sub: undefined })).toContain('sub');
  expect(refused({ onvif: { url: 'ftp://192.0.2.7/' } })).toContain('onvif');
  expect(config.cameras()).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigStore } from '../../../src/config/index.js';
import { createKeys, iterations, openKeys } from '../keys/stores.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const door = {
  id: 'door',
  url: 'rtsp://nvr:in-the-url@192.168.1.20/stream1',
  username: 'admin-of-door',
  password: 'a password to be found',
};

async function openConfig() {
  const storage = temporaryDirectory();
  const keys = await createKeys(join(storage, 'keys'));
  const config = await ConfigStore.open({ storage, keys });
  onTestFinished(() => config.close());
  return { storage, keys, config };
}

function raw(storage: string): Database.Database {
  const database = new Database(join(storage, 'config.db'));
  onTestFinished(() => {
    database.close();
  });
  return database;
}

describe('ConfigStore', () => {
  it('gives back cameras, settings and secrets, after a restart too', async () => {
    const { storage, keys, config } = await openConfig();
    config.setCamera(door);
    config.setCamera({ id: 'yard', url: 'rtsp://yard/' });
    config.setSetting('retention', { days: 30 });
    config.setSecret('mqtt', 'an API key');
    await config.close();
    await keys.close();
    const again = await ConfigStore.open({ storage, keys: await openKeys(keys.directory) });
    onTestFinished(() => again.close());
    expect(again.cameras()).toEqual([door, { id: 'yard', url: 'rtsp://yard/' }]);
    expect(again.camera('door')).toEqual(door);
    expect(again.setting('retention')).toEqual({ days: 30 });
    expect(again.secret('mqtt')).toBe('an API key');
    expect([again.settingNames(), again.secretNames()]).toEqual([['retention'], ['mqtt']]);
    expect([again.camera('x'), again.setting('x'), again.secret('x')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('leaves no secret in its files, readable or hidden', async () => {
    const { storage, config } = await openConfig();
    config.setCamera(door);
    config.setSecret('mqtt', 'an API key to be found');
    config.setSetting('smtp', { password: 'a setting to be found' });
    for (const name of ['config.db', 'config.db-wal']) {
      const content = readFileSync(join(storage, name));
      for (const secret of ['in-the-url', '192.168.1.20', 'admin-of-door', 'to be found']) {
        for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, -4)]) {
          expect(content.includes(form)).toBe(false);
        }
      }
    }
  });

  it('does not open what was altered, or moved to another row or column', async () => {
    const { storage, config } = await openConfig();
    config.setCamera(door);
    config.setCamera({ id: 'yard', url: 'rtsp://yard/', password: 'other' });
    config.setSetting('a', 1);
    config.setSetting('b', 2);
    config.setSecret('x', 'one');
    config.setSecret('y', 'two');
    const database = raw(storage);
    database.exec(`
      UPDATE cameras SET password = (SELECT password FROM cameras WHERE id = 'yard') WHERE id = 'door';
      UPDATE cameras SET url = password WHERE id = 'yard';
      UPDATE settings SET value = (SELECT value FROM settings WHERE name = 'b') WHERE name = 'a';
      UPDATE secrets SET value = (SELECT value FROM secrets WHERE name = 'y') WHERE name = 'x';
      UPDATE settings SET value = 'in the clear' WHERE name = 'b'`);
    for (const call of [
      () => config.camera('door'),
      () => config.camera('yard'),
      () => config.setting('a'),
      () => config.setting('b'),
      () => config.secret('x'),
    ]) {
      expect(thrownBy(call).code).toBe('ERR_AUTH_TAG');
    }
    expect(config.secret('y')).toBe('two');
  });

  it('keeps a user’s secret for that user’s password alone', async () => {
    const { keys, config } = await openConfig();
    await keys.setPassword('kim', 'right', { iterations });
    await keys.setPassword('lee', 'other', { iterations });
    const kim = await keys.userKey('kim', 'right');
    config.setUserSecret(kim, 'kim', 'totp', 'seed');
    await keys.setPassword('kim', 'new', { iterations, current: 'right' });
    expect(config.userSecret(await keys.userKey('kim', 'new'), 'kim', 'totp')).toBe('seed');
    const lee = await keys.userKey('lee', 'other');
    expect(thrownBy(() => config.userSecret(lee, 'kim', 'totp')).code).toBe('ERR_AUTH_TAG');
    expect(config.userSecret(kim, 'kim', 'none')).toBeUndefined();
  });

  it('seals anew what older keys sealed, so that those can be destroyed', async () => {
    const { keys, config } = await openConfig();
    config.setCamera(door);
    config.setSecret('mqtt', 'key');
    config.setSetting('retention', 30);
    const old = [keys.databaseKey().id, keys.configKey().id];
    expect(config.reseal()).toBe(0);
    keys.rotate({ purpose: 'database' });
    await keys.setPassword('administrator', 'secret', { iterations });
    expect(config.reseal()).toBe(5);
    keys.destroyKeys({ ids: old, reason: 'test' });
    expect(config.camera('door')).toEqual(door);
    expect(config.setting('retention')).toBe(30);
    expect(config.secret('mqtt')).toBe('key');
  });

  it('removes what it is told to', async () => {
    const { config } = await openConfig();
    config.setCamera(door);
    config.setSecret('mqtt', 'key');
    config.setSetting('retention', 30);
    config.removeCamera('door');
    config.removeSecret('mqtt');
    config.removeSetting('retention');
    expect([config.cameras(), config.secretNames(), config.settingNames()]).toEqual([[], [], []]);
    expect(thrownBy(() => config.removeCamera('door')).code).toBe('ERR_CAMERA_NOT_FOUND');
  });

  it('names what is wrong, and never a secret', async () => {
    const { keys, config } = await openConfig();
    expect(thrownBy(() => config.setCamera({ id: 'door', url: 'ftp://x/' })).message).toContain(
      'url',
    );
    expect(
      thrownBy(() => config.setCamera({ ...door, password: 4711 as never })).message,
    ).not.toContain('4711');
    expect(thrownBy(() => config.setSetting('x', undefined)).message).toContain('JSON');
    expect(
      (await rejectionOf(() => ConfigStore.open({ storage: '/no/such/directory', keys }))).code,
    ).toBe('ERR_STORAGE_NOT_FOUND');
  });
});

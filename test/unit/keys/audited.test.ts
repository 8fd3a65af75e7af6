// What must leave an entry in the audit log is not done where none can be written.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMINISTRATOR, KeyManager, type KeyPackage } from '../../../src/keys/index.js';
import { tamper } from '../audit/support.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import { createKeys, iterations, NOON, openKeys, passphrase, rawDatabase } from './stores.js';

const password = 'password of the administrator';

/** A store with something in it of every kind, made once: to copy. */
let template: string;
let made: { key: string; root: string; lock: string; foreign: KeyPackage };

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'fluxvision-'));
  const [own, other] = await Promise.all(
    ['own', 'other'].map(async (name) => {
      const directory = join(template, name);
      const keys = await KeyManager.create({ directory, passphrase, iterations });
      await keys.setPassword(ADMINISTRATOR, password, { iterations });
      return keys;
    }),
  );
  if (!own || !other) throw new Error('two stores are made');
  const evidence = { cameraId: 'yard', from: NOON, to: NOON + 1, reason: 'theft' };
  made = {
    key: own.videoKey('door', NOON).id,
    root: (await own.addRoot({ type: 'recovery', label: 'safe' })).root.id,
    lock: own.lockEvidence(evidence).id,
    foreign: await other.exportKey(other.videoKey('gate', NOON).id, password, passphrase),
  };
  own.videoKey('door', Date.now());
  await own.setPassword('kim', 'password of kim', { iterations });
  await Promise.all([own.close(), other.close()]);
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

/** Everything that a store consists of beside its log. */
function contentOf(directory: string) {
  const database = rawDatabase(directory);
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all();
  expect(tables).toEqual(expect.arrayContaining(['keys', 'evidence_locks', 'revoked_sessions']));
  return {
    root: readFileSync(join(directory, 'root.json'), 'utf8'),
    rows: tables.map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all()]),
  };
}

const evidence = { cameraId: 'door', from: NOON, to: NOON + 1, reason: 'theft' };
type Act = (keys: KeyManager) => unknown;
/** By the name of the method. */
const AUDITED: [keyof KeyManager, string, Act][] = [
  ['rotate', 'a video key', (keys) => keys.rotate({ purpose: 'video', cameraId: 'door' })],
  ['rotate', 'the database key', (keys) => keys.rotate({ purpose: 'database' })],
  ['rotate', 'the configuration key', (keys) => keys.rotate({ purpose: 'config' })],
  ['rotate', 'the session key', (keys) => keys.rotate({ purpose: 'session' })],
  ['rotate', 'the signing key', (keys) => keys.rotate({ purpose: 'audit' })],
  ['rotateMaster', 'the master key', (keys) => keys.rotateMaster()],
  ['destroyKeys', 'a key', (keys) => keys.destroyKeys({ ids: [made.key], reason: 'test' })],
  ['destroyKeys', 'keys by age', (keys) => keys.destroyKeys({ before: NOON * 2, reason: 'test' })],
  ['lockEvidence', 'an interval', (keys) => keys.lockEvidence(evidence)],
  ['unlockEvidence', 'an interval', (keys) => keys.unlockEvidence(made.lock, 'over')],
  ['addRoot', 'a recovery key', (keys) => keys.addRoot({ type: 'recovery', label: 'bank' })],
  ['addRoot', 'a passphrase', (keys) => keys.addRoot({ type: 'passphrase', passphrase: 'second' })],
  ['removeRoot', 'a root', (keys) => keys.removeRoot(made.root)],
  [
    'setPassword',
    'the administrator’s',
    (keys) => keys.setPassword(ADMINISTRATOR, 'next', { current: password, iterations }),
  ],
  ['setPassword', 'a new user’s', (keys) => keys.setPassword('lee', 'secret', { iterations })],
  ['removePassword', 'a user’s', (keys) => keys.removePassword('kim')],
  ['exportKeys', 'a key', (keys) => keys.exportKey(made.key, password, passphrase)],
  [
    'recordFootageExport',
    'a clip',
    (keys) =>
      keys.recordFootageExport(
        async () => keys.rotate({ purpose: 'session' }),
        () => ({ subject: 'door' }),
      ),
  ],
  ['recordFootageDeletion', 'segments', (keys) => keys.recordFootageDeletion({ segments: 1 })],
  [
    'recordOf',
    'what a user does',
    (keys) =>
      keys.recordOf(
        'kim',
        'user.change',
        () => keys.rotate({ purpose: 'session' }),
        () => ({ subject: 'lee' }),
      ),
  ],
  ['note', 'a refused login', (keys) => keys.note('kim', 'session.login', 'denied', {})],
  ['importKeys', 'a key', (keys) => keys.importKeys(made.foreign, passphrase)],
];
/** These take or report, and leave the store as it was. */
const UNCHANGING: readonly PropertyKey[] = ['exportKeys', 'recordFootageDeletion', 'note'];
/** These leave no entry of their own when they succeed. */
const NOT_AUDITED = [
  ...['constructor', 'storeId', 'revision', 'audit', 'close', 'followDisk'],
  ...['videoKey', 'databaseKey', 'sessionKey', 'configKey', 'key', 'userKey'],
  ...['list', 'previewDestruction', 'evidenceLocks', 'roots', 'hasPassword', 'checkAdministrator'],
  ...['revokeSession', 'isSessionRevoked'],
  'exportKey', // by way of exportKeys()
];

async function copyOfTemplate(): Promise<KeyManager> {
  const directory = join(temporaryDirectory(), 'keys');
  cpSync(join(template, 'own'), directory, { recursive: true });
  return openKeys(directory);
}

async function refusalOf(keys: KeyManager, act: Act) {
  const before = contentOf(keys.directory);
  const error = await rejectionOf(async () => act(keys));
  expect(contentOf(keys.directory)).toEqual(before);
  return error;
}

it('is known of every method of a KeyManager whether it leaves an entry', () => {
  const audited = new Set(AUDITED.map(([method]) => method));
  expect(Object.getOwnPropertyNames(KeyManager.prototype).sort()).toEqual(
    [...audited, ...NOT_AUDITED].sort(),
  );
});

it.each(AUDITED)('%s() of %s leaves an entry where store and log are whole', async (...row) => {
  const [method, , act] = row;
  const keys = await copyOfTemplate();
  const before = contentOf(keys.directory);
  const entries = keys.audit.list().length;
  await act(keys);
  expect(keys.audit.list().length).toBeGreaterThan(entries);
  if (!UNCHANGING.includes(method)) expect(contentOf(keys.directory)).not.toEqual(before);
});

describe('a damaged audit log', () => {
  it.each(AUDITED)('keeps %s() of %s from doing anything', async (_method, _what, act) => {
    const whole = await copyOfTemplate();
    await whole.close();
    const damaged = join(whole.directory, 'audit.db');
    rmSync(`${damaged}-wal`, { force: true });
    writeFileSync(damaged, 'no database');
    const warned = new Promise((resolve) => process.once('warning', resolve));
    const keys = await openKeys(whole.directory);
    await warned;
    const error = await refusalOf(keys, act);
    expect(error.code).toBe('ERR_AUDIT');
    expect(readFileSync(damaged, 'utf8')).toBe('no database');
  });

  it.each(AUDITED)('that was altered since keeps %s() of %s from it too', async (_m, _w, act) => {
    const keys = await copyOfTemplate();
    const last = 'DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)';
    tamper(keys.audit.path, (database) => database.exec(last));
    const entries = keys.audit.list().length;
    const error = await refusalOf(keys, act);
    expect(error.code).toBe('ERR_AUDIT_ALTERED');
    expect(keys.audit.list()).toHaveLength(entries);
  });

  it('keeps nobody from recording', async () => {
    const keys = await createKeys();
    const { directory } = keys;
    const { id } = keys.videoKey('door', NOON);
    await keys.close();
    writeFileSync(join(directory, 'audit.db'), 'no database');
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const opened = await openKeys(directory);
    expect((await warned).message).toContain('audit log');
    expect(opened.videoKey('door', NOON).id).toBe(id);
    expect(opened.videoKey('yard', NOON).key).toBeDefined();
    expect(() => opened.audit).toThrow(expect.objectContaining({ code: 'ERR_AUDIT' }));
  });
});

it('the log holds attempts to open with a wrong passphrase, signed by who opens it next', async () => {
  const keys = await createKeys();
  const { directory } = keys;
  await keys.close();
  await rejectionOf(() => KeyManager.open({ directory, passphrase: 'guess', actor: 'stranger' }));
  const opened = await openKeys(directory);
  const denied = opened.audit.list().filter(({ outcome }) => outcome === 'denied');
  expect(denied).toMatchObject([{ actor: 'stranger', action: 'store.open' }]);
  expect(JSON.stringify(opened.audit.list())).not.toContain('guess');
  expect(await opened.audit.verify()).toMatchObject({ ok: true });
});

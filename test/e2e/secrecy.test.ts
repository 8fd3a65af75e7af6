// Nothing that opens recordings is where someone might find it: not in the JavaScript heap, not in a
// core dump, not in what is printed, not in the databases.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyManager, RtspSimulator } from '../../src/index.js';
import { readStore } from '../support/key-store-reader.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile } from './support/folder.js';

const folder = folderOfThisFile();
const storage = join(folder, 'storage');
const passphrase = 'correct horse battery staple';
const snapshot = join(folder, 'heap.heapsnapshot');
const control = Buffer.from('a control that must be found');
let core: string | undefined;
let whyNoCore = '';
let output = '';
/** Every secret byte string of the store, by name. */
let secrets: Map<string, Buffer>;

beforeAll(async () => {
  const simulator = await RtspSimulator.start({
    clip: makeClip(folder, 'clip.mp4', { ...SMALL, gop: 5 }),
    cameras: 1,
  });
  const keys = await KeyManager.create({
    directory: join(storage, 'keys'),
    passphrase,
    iterations: 100_000,
  });
  await keys.setPassword('administrator', 'administrator', { iterations: 100_000 });
  await keys.close();

  const settings = { storage, passphrase, url: simulator.urls[0], snapshot };
  const child = fork(
    join(import.meta.dirname, 'scripts/hold-keys.mjs'),
    [JSON.stringify(settings)],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  expect([first, output]).toEqual(['ready', '']);
  const dump = spawnSync('gcore', ['-o', join(folder, 'core'), String(child.pid)], {
    encoding: 'utf8',
  });
  if (existsSync(join(folder, `core.${child.pid}`))) core = join(folder, `core.${child.pid}`);
  whyNoCore = dump.stderr;
  const store = readStore(join(storage, 'keys'), { passphrase });
  secrets = new Map([
    ['the secret of the passphrase', store.rootSecret as Buffer],
    ["the root's private key", store.rootKey],
    ['the master key', store.masterKey],
    ['the identity', store.identityKey],
  ]);
  for (const [id, { purpose, bytes }] of store.keys) {
    if (purpose !== 'user') secrets.set(`${purpose} key ${id}`, bytes);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  await simulator.close();
});
afterAll(() => {
  secrets.clear();
});

it('the store held every kind of key while it was looked at', () => {
  const kinds = new Set([...secrets.keys()].map((name) => name.split(' ')[0]));
  for (const kind of ['video', 'database', 'config', 'session', 'audit']) {
    expect(kinds).toContain(kind);
  }
});

/** Which secrets a file holds, in bytes or as text. */
async function found(file: string, withText: boolean): Promise<string[]> {
  const needles: [string, Buffer][] = [...secrets].flatMap(([name, bytes]) => [
    [name, bytes] as [string, Buffer],
    ...(withText
      ? (['hex', 'base64', 'base64url', 'latin1'] as const).map(
          (form) => [`${name} as ${form}`, Buffer.from(bytes.toString(form))] as [string, Buffer],
        )
      : []),
  ]);
  needles.push(['control', control]);
  const longest = Math.max(...needles.map(([, bytes]) => bytes.length));
  const hits = new Set<string>();
  let carried = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) {
    const window = Buffer.concat([carried, chunk]);
    for (const [name, bytes] of needles) if (window.includes(bytes)) hits.add(name);
    carried = window.subarray(-longest);
  }
  return [...hits];
}

describe('no key is', () => {
  it('in a snapshot of the JavaScript heap', async () => {
    expect(await found(snapshot, true)).toEqual(['control']);
  });

  it('in a core dump of the process', async ({ skip }) => {
    if (!core) skip(`gcore may not trace a process here: ${whyNoCore.trim()}`);
    expect(await found(core as string, true)).toEqual(['control']);
  });

  it('in what the process printed', () => {
    expect(output).toBe('');
  });

  it('in any file of the storage', async () => {
    const files = readdirSync(storage, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.some((file) => file.endsWith('keys.db-wal'))).toBe(true);
    for (const file of files) expect([file, await found(file, true)]).toEqual([file, []]);
  });
});

it('no passphrase or password is in any file of the storage either', () => {
  for (const name of ['root.json', 'keys.db', 'keys.db-wal', 'audit.db', 'audit.db-wal']) {
    const content = readFileSync(join(storage, 'keys', name)).toString('latin1');
    for (const secret of [passphrase, 'second', 'package"']) expect(content).not.toContain(secret);
  }
});

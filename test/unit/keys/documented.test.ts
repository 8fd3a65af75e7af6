import { expect, it } from 'vitest';
import { readStore, readUserKey } from '../../support/key-store-reader.js';
import { createKeys, iterations, NOON, passphrase } from './stores.js';

it('a store can be opened by anyone who has docs/keys.md and a root', async () => {
  const keys = await createKeys();
  const { id } = keys.videoKey('door', NOON);
  await keys.setPassword('kim', 'right', { iterations });
  const { recoveryKey = '' } = await keys.addRoot({ type: 'recovery', label: 'safe' });
  keys.rotateMaster();
  const { directory } = keys;
  await keys.close();

  const byPassphrase = readStore(directory, { passphrase });
  const byPaper = readStore(directory, { recoveryKey });
  expect(byPaper.masterKey).toEqual(byPassphrase.masterKey);
  expect(byPaper.keys).toEqual(byPassphrase.keys);
  expect(byPaper.keys.get(id)?.bytes).toHaveLength(32);
  const user = [...byPaper.keys.values()].find(({ purpose }) => purpose === 'user');
  expect(user?.bytes).toHaveLength(60);
  expect(readUserKey(user as never, 'right')).toHaveLength(32);
  expect(() => readUserKey(user as never, 'wrong')).toThrow();
  expect(() => readStore(directory, { passphrase: 'wrong' })).toThrow();
});

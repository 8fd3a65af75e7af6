import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { Exit } from '../../../src/cli/exit-codes.js';
import { readOrChoosePassphrase, readPassphrase } from '../../../src/cli/passphrase.js';
import { KeyManager, RecordingIndex } from '../../../src/index.js';
import { until } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';

let keyboard: PassThrough;
let screen: string;

beforeEach(() => {
  keyboard = Object.assign(new PassThrough(), { isTTY: true });
  screen = '';
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  Object.defineProperty(process, 'stdin', { value: keyboard, configurable: true });
  vi.stubEnv('FLUXVISION_PASSPHRASE', '');
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    screen += String(text);
    return true;
  });
  onTestFinished(() => {
    Object.defineProperty(process, 'stdin', stdin);
    vi.unstubAllEnvs();
    spy.mockRestore();
  });
});

/** Answers the questions that come, one after the other. */
async function type(...answers: [question: string, answer: string][]): Promise<void> {
  let seen = 0;
  for (const [question, answer] of answers) {
    await until(() => screen.indexOf(question, seen) >= 0);
    seen = screen.indexOf(question, seen) + question.length;
    keyboard.write(answer);
  }
}

async function existingStorage(): Promise<string> {
  const storage = temporaryDirectory();
  await (await RecordingIndex.open({ storage })).close();
  const directory = join(storage, 'keys');
  const keys = await KeyManager.create({ directory, passphrase: 'x', iterations: 100_000 });
  await keys.close();
  return storage;
}

it('asks once for the passphrase of a storage, and does not show it', async () => {
  const storage = await existingStorage();
  const typing = type(['Passphrase: ', 'sesame\r']);
  expect(await readOrChoosePassphrase({ storage })).toBe('sesame');
  await typing;
  expect(screen).toBe('Passphrase: \n');
});

it('asks twice for the passphrase of a new storage, until both are the same', async () => {
  const typing = type(
    ['New passphrase: ', '\r'],
    ['New passphrase: ', 'sesame\r'],
    ['Once more: ', 'sesam\r'],
    ['New passphrase: ', 'sesame\r'],
    ['Once more: ', 'sesame\r'],
  );
  const storage = join(temporaryDirectory(), 'new');
  expect(await readOrChoosePassphrase({ storage })).toBe('sesame');
  await typing;
  expect(screen).toContain('must not be empty');
  expect(screen).toContain('They differ');
  expect(screen).not.toContain('sesam');
});

it('gives up at Ctrl-C', async () => {
  const storage = await existingStorage();
  const typing = type(['Passphrase: ', '\x03']);
  await expect(readPassphrase({ storage })).rejects.toEqual(new Exit(130));
  await typing;
});

it('asks nothing where the storage is not there', async () => {
  const storage = join(temporaryDirectory(), 'none');
  expect((await rejectionOf(() => readPassphrase({ storage }))).code).toBe('ERR_STORAGE_NOT_FOUND');
  expect(screen).toBe('');
});

it('prefers the environment to a question', async () => {
  vi.stubEnv('FLUXVISION_PASSPHRASE', 'from the environment');
  expect(await readPassphrase({ storage: 'none' })).toBe('from the environment');
});

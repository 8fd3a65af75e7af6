import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDurably, moveWithoutReplacing } from '../../src/durable-file.js';
import { temporaryDirectory } from './temporary-directory.js';

it('creates a private file and leaves nothing beside it', async () => {
  const directory = temporaryDirectory();
  await createDurably(join(directory, 'a.json'), '{}');
  expect(readdirSync(directory)).toEqual(['a.json']);
  expect(readFileSync(join(directory, 'a.json'), 'utf8')).toBe('{}');
  expect(statSync(join(directory, 'a.json')).mode & 0o777).toBe(0o600);
});

it('never replaces a file', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'a.json');
  writeFileSync(path, 'first');
  await expect(createDurably(path, 'second')).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(path, 'utf8')).toBe('first');
  expect(readdirSync(directory)).toEqual(['a.json']);
});

it('lets only one of many creators win', async () => {
  const path = join(temporaryDirectory(), 'a.json');
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => createDurably(path, String(i))),
  );
  const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
  expect(winners).toHaveLength(1);
  expect(readFileSync(path, 'utf8')).toBe(String(winners[0]));
});

it('touches neither file where the target of a move exists', async () => {
  const directory = temporaryDirectory();
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  await expect(moveWithoutReplacing(from, to)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(from, 'utf8')).toBe('new');
  expect(readFileSync(to, 'utf8')).toBe('old');
});

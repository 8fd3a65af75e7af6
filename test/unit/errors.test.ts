// docs/errors.md has every code that is thrown, and none that nobody throws any more.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Sources without comments, where a code may be named that something else throws. */
function sources(): string[] {
  return ['lib', 'binding', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|cc|h)$/.test(name))
      .map((name) => readFileSync(join(root, folder, name), 'utf8'))
      .map((text) => text.replace(/^\s*(\/\/|\/?\*).*$|\s\/\/.*$|\/\*\*.*\*\/$/gm, '')),
  );
}

/** Codes in quotes, but for those that are only compared with. */
function thrownIn(text: string): string[] {
  const compared = /([=!]==?|isFluxError\([^,()]*,)\s*$/;
  return [...text.matchAll(/(["'`])(ERR_[A-Z0-9_]+)\1/g)]
    .filter((match) => !compared.test(text.slice(0, match.index)))
    .map(([, , code]) => code as string);
}

function documented(): string[] {
  const text = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
  return [...text.matchAll(/^\| `(ERR_[A-Z0-9_]+)` \|/gm)].map(([, code]) => code as string);
}

it('has each code that is thrown in its table, once, and no other', () => {
  const thrown = new Set(sources().flatMap(thrownIn));
  const codes = documented();
  expect(thrown.size).toBeGreaterThan(100);
  expect([...thrown].filter((code) => !codes.includes(code)).sort()).toEqual([]);
  expect(codes.filter((code) => !thrown.has(code)).sort()).toEqual([]);
  expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
});

it('tells what each code means and what to do', () => {
  const text = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `ERR_'));
  for (const row of rows) expect(row).toMatch(/^\| `ERR_\w+` \| \S[^|]{7,} \| \S[^|]{4,} \|$/);
});

it('tells throwing from comparing, and code from comments', () => {
  expect(
    thrownIn(`throw new FluxError('ERR_A', x); if (code === 'ERR_B') isFluxError(e, 'ERR_C');`),
  ).toEqual(['ERR_A']);
});

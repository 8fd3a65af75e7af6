// Every text is there in both languages, with the same places for what is put in.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const catalogs = join(root, 'examples/nvr/web/i18n');
const areas = (language: string) =>
  readdirSync(join(catalogs, language))
    .filter((name) => name.endsWith('.ts'))
    .sort();

type Tree = { [key: string]: string | Tree };

/** Keys without the ending of their plural form, of which languages have different ones. */
function textsOf(tree: Tree, prefix = ''): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[prefix + key.replace(/_(zero|one|two|few|many|other)$/, ''), value] as [string, string]]
      : textsOf(value, `${prefix}${key}.`),
  );
}

/** By key, what is put in; in any of its plural forms. */
function placesOf(tree: Tree): Record<string, string[]> {
  const places = new Map<string, Set<string>>();
  for (const [key, text] of textsOf(tree)) {
    const known = places.get(key) ?? new Set();
    for (const [, name] of text.matchAll(/{{\s*(\w+)[^}]*}}|<(\w+)\s*\/?>/g))
      known.add(name ?? '<>');
    places.set(key, known);
  }
  const sorted = [...places].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, names]) => [key, [...names].sort()]));
}

async function catalog(language: string, area: string): Promise<Tree> {
  return ((await import(join(catalogs, language, area))) as { default: Tree }).default;
}

describe('the catalogs', () => {
  it('are of the same areas in both languages', () => {
    expect(areas('ko')).toEqual(areas('en'));
    expect(areas('en')).toContain('troubles.ts');
  });

  it.each(areas('en'))('%s has the same keys and places in both', async (area) => {
    expect(placesOf(await catalog('ko', area))).toEqual(placesOf(await catalog('en', area)));
  });

  it.each(areas('en'))('%s has no empty text, and Korean ones in Korean', async (area) => {
    const texts = textsOf(await catalog('ko', area));
    for (const [key, text] of [...texts, ...textsOf(await catalog('en', area))]) {
      expect(text.trim(), key).not.toBe('');
    }
    if (texts.length > 5) expect(texts.some(([, text]) => /[가-힣]/.test(text))).toBe(true);
  });
});

/** What goes wrong by itself, and goes on until somebody mends it. */
const FAULTS =
  /^(ERR_(RTSP_\w+|CONNECTION|HOST_NOT_FOUND|TLS\w*|STORAGE\w*|INDEX|CONFIG|USERS|RETENTION|CLOCK|LOCKED|IO|AUDIT)|CERTIFICATE_\w+)$/;

describe('the words for troubles', () => {
  const sections = ['Cameras', 'ONVIF', 'Recording and storage', 'Keys and passwords'];
  const beyond = [
    ...['ERR_STORAGE_FULL', 'ERR_LOCKED', 'CERTIFICATE_EXPIRES', 'CERTIFICATE_EXPIRED'],
    ...['ERR_AUDIT', 'ERR_IO', 'ERR_TIMEOUT', 'ERR_LIMIT', 'ERR_BUSY'],
  ];

  function documented(): string[] {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    return text
      .split(/^## /m)
      .filter((section) => sections.some((title) => section.startsWith(`${title}\n`)))
      .flatMap((section) =>
        [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code ?? ''),
      );
  }

  it.each(['en', 'ko'])('say what is wrong and what to do for each code (%s)', async (language) => {
    const troubles = await catalog(language, 'troubles.ts');
    const codes = Object.entries(troubles).filter(([key]) => /^[A-Z]/.test(key));
    const wanted = [...documented(), ...beyond];
    expect(wanted.length).toBeGreaterThan(60);
    expect(wanted.filter((code) => !Object.hasOwn(troubles, code))).toEqual([]);
    for (const [code, words] of codes) {
      const { title, meaning = title, advice, ...rest } = words as Tree;
      expect(rest, code).toEqual({});
      for (const text of [title, meaning, advice])
        expect(String(text).length, code).toBeGreaterThan(5);
    }
  });

  it.each(['en', 'ko'])(
    'say of faults what they mean for the recordings (%s)',
    async (language) => {
      const troubles = await catalog(language, 'troubles.ts');
      const faults = Object.keys(troubles).filter((code) => FAULTS.test(code));
      expect(faults.length).toBeGreaterThan(25);
      expect(faults.filter((code) => !Object.hasOwn(troubles[code] as Tree, 'meaning'))).toEqual(
        [],
      );
    },
  );
});

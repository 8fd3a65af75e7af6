// Attack 20: packages with holes that are known, anywhere in what is installed.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** The first versions without the holes of facts that were published about them. */
const FLOORS: Record<string, string> = {
  // CVE-2026-25223, CVE-2026-3419: a content type that skips the validation of bodies.
  fastify: '5.8.1',
  // CVE-2026-48779, CVE-2026-62389: memory by fragments.
  ws: '8.21.1',
  // CVE-2026-15074: guards passed by traversal.
  '@fastify/static': '10.1.1',
  // CVE-2026-12151, CVE-2026-9675: memory by a hostile server; not used, so absent is good.
  undici: '8.5.0',
};

const { packages } = JSON.parse(
  readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8'),
) as { packages: Record<string, { version?: string; link?: boolean }> };

it.each(Object.entries(FLOORS))('%s is at least %s everywhere', (name, floor) => {
  const suffix = `node_modules/${name}`;
  const versions = Object.entries(packages)
    .filter(([path, { link }]) => !link && (path === suffix || path.endsWith(`/${suffix}`)))
    .map(([, { version }]) => version ?? '0');
  if (name !== 'undici') expect(versions.length).toBeGreaterThan(0);
  expect(versions.filter((version) => isBelow(version, floor))).toEqual([]);
});

function isBelow(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((text) => text.split(/[.-]/, 3).map(Number)) as [
    number[],
    number[],
  ];
  const at = b.findIndex((part, i) => (a[i] ?? 0) !== part);
  return at >= 0 && (a[at] ?? 0) < (b[at] as number);
}

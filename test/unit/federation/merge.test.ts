// Footage of many nodes by time: every segment once, whatever the sizes of pages, and who is missing said.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RecordingInfo, RecordingSource } from '../../../src/federation/index.js';
import { mergeRecordings } from '../../../src/federation/recordings-merge.js';
import { rejectionOf } from '../thrown.js';
import { openHome, recording, recordingsOf, send, startNode } from './node.js';

/** Numbers that look random and are the same each time (Park, Miller: minimal standard). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** A source as a server is one, and the pages that it was asked for. */
function sourceOf(recordings: RecordingInfo[]): RecordingSource {
  return async ({ first, limit, start, end, cursor }) => {
    if (start !== undefined && end !== undefined && end <= start) throw new Error('empty range');
    const query = new URLSearchParams({ first, limit: String(limit) });
    for (const [name, value] of Object.entries({ start, end, cursor })) {
      if (value !== undefined) query.set(name, String(value));
    }
    return recordingsOf({ recordings }, query);
  };
}

function randomSources(next: (below: number) => number, range: { start: number; end: number }) {
  const sources = new Map<string, RecordingSource>();
  const all: string[] = [];
  const count = 1 + next(8);
  for (let at = 0; at < count; at++) {
    const name = randomUUID();
    // Few moments and long segments: many begin at the same time, and overlap.
    const rows = Array.from({ length: next(60) }, (_, i) => {
      const start = 1_000_000 + next(40) * 1000;
      return recording(i + 1, start, start + 1000 + next(5000));
    });
    sources.set(name, sourceOf(rows));
    const within = rows.filter(({ start, end }) => start < range.end && end > range.start);
    all.push(...within.map(({ id }) => `${id}@${name}`));
  }
  return { sources, all: all.sort() };
}

it.each(['newest', 'oldest'] as const)('gives every segment once, %s first', async (first) => {
  const next = numbers(first === 'newest' ? 7 : 11);
  for (let round = 0; round < 60; round++) {
    const start = round % 2 === 0 ? 0 : 1_000_000 + next(20_000);
    const range = { start, end: start + 1 + next(round % 3 === 0 ? 10_000 : 1e6) };
    const { sources, all } = randomSources(next, range);
    const given: { id: string; start: number }[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const limit = 1 + next(40);
      const page = await mergeRecordings(sources, {
        ...{ ...range, first, limit },
        ...(cursor && { cursor }),
      });
      expect(page.failed.size).toBe(0);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      given.push(
        ...page.items.map(({ row, source }) => ({ id: `${row.id}@${source}`, start: row.start })),
      );
      cursor = page.cursor;
      expect(++pages).toBeLessThan(1000);
    } while (cursor !== undefined);
    expect(given.map(({ id }) => id).sort()).toEqual(all);
    const sign = first === 'newest' ? -1 : 1;
    for (const [i, { start }] of given.slice(1).entries()) {
      expect((start - (given[i]?.start ?? 0)) * sign).toBeGreaterThanOrEqual(0);
    }
  }
});

it('gives nothing twice when footage is added meanwhile', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => recording(i + 1, i * 1000));
  const sources = new Map([['a', sourceOf(rows)]]);
  const one = await mergeRecordings(sources, { first: 'newest', limit: 10 });
  rows.push(...Array.from({ length: 50 }, (_, i) => recording(100 + i, 30_000 + i * 1000)));
  const two = await mergeRecordings(sources, {
    ...{ first: 'newest', limit: 10 },
    cursor: one.cursor as string,
  });
  expect(one.items.map(({ row }) => row.id)).toEqual(ids(30, 21));
  expect(two.items.map(({ row }) => row.id)).toEqual(ids(20, 11));
});

it('goes on with a hundred nodes in a cursor of at most 8 KiB', async () => {
  const sources = new Map(
    Array.from({ length: 100 }, (_, at) => {
      const rows = Array.from({ length: 5 }, (_, i) => recording(90_000_000 + i, i * 5000 + at));
      return [randomUUID() as string, sourceOf(rows)] as const;
    }),
  );
  for (const first of ['newest', 'oldest'] as const) {
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await mergeRecordings(sources, { first, limit: 120, ...(cursor && { cursor }) });
      for (const { row, source } of page.items) seen.add(row.id + source);
      cursor = page.cursor;
      expect(cursor?.length ?? 0).toBeLessThanOrEqual(8192);
    } while (cursor);
    expect(seen.size).toBe(500);
  }
});

it('merges nodes with the own footage, and says of which node each segment is', async () => {
  const [home, a, b] = await twoNodes();
  a.recordings = [recording(1, 1000), recording(2, 4000)];
  b.recordings = [recording(1, 2000), recording(2, 3000)];
  const own = sourceOf([recording(1, 2500)]);
  const found = await home.client.recordings({ first: 'oldest', own });
  expect(found.items.map(({ id }) => id)).toEqual([
    ...[`1@${a.serverId}`, `1@${b.serverId}`, '1', `2@${b.serverId}`, `2@${a.serverId}`],
  ]);
  expect(found.items[0]).toMatchObject({
    cameraId: `cam0@${a.serverId}`,
    node: { id: a.serverId, label: 'A' },
  });
  expect(found.items[2]).not.toHaveProperty('node');
  expect(found.nodes).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  expect(found).not.toHaveProperty('cursor');
});

it('asks only the nodes of the cameras that are asked for', async () => {
  const [home, a, b] = await twoNodes();
  a.recordings = [recording(1, 1000), { ...recording(2, 1500), cameraId: 'cam1' }];
  b.recordings = [recording(1, 1000)];
  const gone = randomUUID();
  const cameras = [`cam1@${a.serverId}`, `door@${gone}`];
  const found = await home.client.recordings({ cameras });
  expect(found.items.map(({ id }) => id)).toEqual([`2@${a.serverId}`]);
  expect(found.nodes).toMatchObject([
    { id: a.serverId, status: 'ok' },
    { id: gone, status: 'error', error: { code: 'ERR_NODE_NOT_FOUND' } },
  ]);
  expect(b.requests).toEqual([]);
});

it('names a camera that its node does not have, and finds the footage of the others', async () => {
  const [home, a, b] = await twoNodes();
  for (const node of [a, b]) node.recordings = [recording(1, 1000)];
  a.says['/api/federation/recordings'] = { missing: ['gone', 'never asked for', 7] };
  const cameras = [`cam0@${a.serverId}`, `gone@${a.serverId}`, `cam0@${b.serverId}`];
  const found = await home.client.recordings({ cameras });
  expect(found.items).toHaveLength(2);
  expect(found.nodes).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  expect(found.missing).toEqual([`gone@${a.serverId}`]);
});

it('leaves a node that fails out of all pages, and says so on each', async () => {
  const [home, a, b] = await twoNodes();
  a.recordings = Array.from({ length: 6 }, (_, i) => recording(i + 1, i * 1000));
  b.recordings = [recording(1, 100)];
  b.instead = (_, response) => {
    send(response, 500, {});
    return true;
  };
  const one = await home.client.recordings({ limit: 3 });
  b.instead = undefined;
  const two = await home.client.recordings({ limit: 3, cursor: one.cursor as string });
  for (const page of [one, two]) {
    expect(page.items).toHaveLength(3);
    expect(page.nodes).toMatchObject([
      { status: 'ok' },
      { id: b.serverId, status: 'error', error: { code: 'ERR_NODE_ANSWER' } },
    ]);
  }
  expect(two).not.toHaveProperty('cursor');
});

it('waits for no node beyond the deadline', async () => {
  const [home, a, b] = await twoNodes();
  a.recordings = [recording(1, 1000)];
  b.instead = () => true;
  const found = await home.client.recordings({});
  expect(found.items.map(({ id }) => id)).toEqual([`1@${a.serverId}`]);
  expect(found.nodes[1]).toMatchObject({ status: 'error', error: { code: 'ERR_NODE_TIMEOUT' } });
});

it.each([
  ['rows out of order', { items: [recording(1, 1000), recording(2, 2000)] }],
  ['the same page for ever', { items: [recording(1, 1000)], cursor: 'again' }],
  ['nothing, for ever', { items: [], cursor: 'more' }],
  ['a segment that ends before it starts', { items: [recording(1, 2000, 1000)] }],
  ['ids that are paths', { items: [{ ...recording(1, 1000), id: '../1' }] }],
])('labels a node that answers with %s', async (_, answer) => {
  const [home, a, b] = await twoNodes();
  a.recordings = [recording(1, 1000)];
  b.says['/api/federation/recordings'] = answer;
  const found = await home.client.recordings({});
  expect(found.items.map(({ id }) => id)).toEqual([`1@${a.serverId}`]);
  expect(found.nodes[1]).toMatchObject({ status: 'error', error: { code: 'ERR_NODE_ANSWER' } });
});

it.each([
  ...['x', '{}', 'W10', Buffer.from('[1,"n",5,9,[["a","b","c","d"]]]').toString('base64url')],
  Buffer.from('[1,"o",5,9,[]]').toString('base64url'),
  'x'.repeat(8193),
])('refuses a cursor that is none (%#)', async (cursor) => {
  const home = await openHome();
  const refused = await rejectionOf(() => home.client.recordings({ cursor }));
  expect(refused.code).toBe('ERR_INVALID_ARGUMENT');
});

async function twoNodes() {
  const [a, b] = await Promise.all([startNode({ name: 'A' }), startNode({ name: 'B' })]);
  const home = await openHome();
  home.add(a);
  home.add(b);
  return [home, a, b] as const;
}

function ids(from: number, to: number): string[] {
  return Array.from({ length: from - to + 1 }, (_, i) => String(from - i));
}

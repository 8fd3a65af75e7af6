import { describe, expect, it } from 'vitest';
import {
  eventsAddress,
  matches,
  NO_FILTERS,
  readFilters,
  withEvent,
} from '../../../../examples/nvr/web/events/filters.js';
import { beginningOf, hasMore, nextFound } from '../../../../examples/nvr/web/events/search.js';
import {
  bytesWithin,
  type ExportDraft,
  errorsOf,
  requestOf,
} from '../../../../examples/nvr/web/exports/request.js';

const now = 1_000_000;
const draft: ExportDraft = {
  cameras: ['door'],
  start: 1000,
  end: 61_000.4,
  format: 'mp4',
  audio: true,
  reason: ' theft ',
  passphrase: '',
};

describe('asking for an export', () => {
  it('sends what was chosen, and a passphrase only where it seals', () => {
    expect(requestOf(draft, now)).toEqual({
      cameras: ['door'],
      start: 1000,
      end: 61_000,
      format: 'mp4',
      audio: true,
      reason: 'theft',
    });
    const sealed = { ...draft, format: 'sealed' as const, passphrase: 'correct horse' };
    expect(requestOf(sealed, now)).toMatchObject({ passphrase: 'correct horse' });
    expect(requestOf({ ...draft, passphrase: 'correct horse' }, now)).not.toHaveProperty(
      'passphrase',
    );
  });

  it('says what is wrong', () => {
    expect(errorsOf({ ...draft, cameras: [] }, now)).toEqual({ cameras: 'noCamera' });
    expect(errorsOf({ ...draft, end: 500 }, now)).toEqual({ end: 'endBeforeStart' });
    expect(errorsOf({ ...draft, start: undefined }, now)).toEqual({ start: 'unreadable' });
    expect(errorsOf({ ...draft, format: 'sealed' }, now)).toEqual({ passphrase: 'passphrase' });
    expect(errorsOf(draft, 500)).toEqual({ start: 'future' });
    expect(requestOf({ ...draft, cameras: [] }, now)).toBeUndefined();
  });

  it('estimates its size by the share of each segment', () => {
    const segments = [
      { start: 0, end: 60_000, bytes: 600 },
      { start: 60_000, end: 120_000, bytes: 1200 },
    ];
    expect(bytesWithin(segments, 30_000, 90_000)).toBe(900);
    expect(bytesWithin(segments, 200_000, 300_000)).toBe(0);
  });
});

describe('the list of events', () => {
  const event = { id: '1', cameraId: 'door', event: 'motion', start: 100, end: 200 };

  it('keeps its filters in the address', () => {
    const filters = {
      ...{ servers: 'shown' as const, cameras: ['door', 'yard'] },
      ...{ type: 'motion', start: 5, end: 10 },
    };
    expect(readFilters(eventsAddress(filters).slice('/events'.length))).toEqual(filters);
    const wide = { ...filters, servers: 'all' as const, cameras: [] };
    expect(readFilters(eventsAddress(wide).slice('/events'.length))).toEqual(wide);
    expect(eventsAddress(NO_FILTERS)).toBe('/events');
    expect(readFilters('?start=-1&end=x')).toEqual(NO_FILTERS);
  });

  it('takes what happens where it fits', () => {
    expect(matches(NO_FILTERS, event)).toBe(true);
    expect(matches({ ...NO_FILTERS, cameras: ['yard'] }, event)).toBe(false);
    expect(matches({ ...NO_FILTERS, type: 'bookmark' }, event)).toBe(false);
    expect(matches({ ...NO_FILTERS, end: 100 }, event)).toBe(false);
    expect(matches({ ...NO_FILTERS, start: 199 }, event)).toBe(true);
    expect(matches({ ...NO_FILTERS, start: 200 }, event)).toBe(false);
  });

  it('has an event once, that began and that ended, and the newest first', () => {
    const began = { id: 'x', cameraId: 'door', event: 'motion', start: 300 };
    const list = withEvent<typeof began>([event], began);
    expect(list.map(({ start }) => start)).toEqual([300, 100]);
    const ended = withEvent(list, { ...began, id: '2' });
    expect(ended.map(({ id }) => id)).toEqual(['2', '1']);
    expect(withEvent([], began)).toEqual([began]);
  });
});

describe('events of several servers', () => {
  const at = (start: number) => ({ id: `${start}`, start });
  /** Two events a page, as the cursor counts. */
  const asks: string[] = [];
  const ask = (servers: Record<string, number[]>) => async (id: string, cursor: string) => {
    asks.push(`${id} ${cursor}`);
    const all = servers[id];
    if (!all) throw new Error(`${id} is away`);
    const from = Number(cursor || 0);
    const more = from + 2 < all.length;
    return { items: all.slice(from, from + 2).map(at), ...(more && { cursor: `${from + 2}` }) };
  };
  const list = async (servers: Record<string, number[]>, ids = Object.keys(servers)) => {
    asks.length = 0;
    const starts: number[][] = [];
    const failed: string[] = [];
    for (let sources = beginningOf<{ id: string; start: number }>(ids); ; ) {
      const page = await nextFound(sources, ask(servers));
      starts.push(page.items.map(({ start }) => start));
      failed.push(...page.failed.map(({ id }) => id));
      if (!hasMore(page)) return { starts, failed };
      sources = [...page.rest];
    }
  };

  it('are one list, the newest first, whichever server has how many of them', async () => {
    const { starts } = await list({ a: [90, 80, 20, 10, 5], b: [85, 84, 83, 82], c: [] });
    expect(starts.flat()).toEqual([90, 85, 84, 83, 82, 80, 20, 10, 5]);
    expect(asks.filter((asked) => asked.startsWith('c'))).toEqual(['c ']);
    expect(new Set(asks).size).toBe(asks.length);
  });

  it('are there without those of a server that does not answer, which is named', async () => {
    const servers = { a: [3, 1], b: [2] };
    expect(await list(servers, ['a', 'away', 'b'])).toEqual({
      starts: [[3, 2, 1]],
      failed: ['away'],
    });
    await expect(list({}, ['away'])).rejects.toThrow('away is away');
  });

  it('keep each its own cameras: what one server tells anew does not take the place of another one', () => {
    const began = { id: '1', serverId: 'a', cameraId: 'door', event: 'motion', start: 100 };
    const other = { ...began, serverId: 'b' };
    expect(withEvent([began], other)).toHaveLength(2);
    expect(withEvent([began], { ...began, id: '2' })).toHaveLength(1);
  });
});

// The footage of many sources by time, page by page: each goes on where its own last segment was given.
import type { RecordingSource } from './answers.js';
import {
  type MergeCursor,
  type Place,
  type Position,
  readCursor,
  writeCursor,
} from './merge-cursor.js';
import { wrongShape } from './node-json.js';
import type { RecordingInfo } from './wire.js';

export interface MergeQuery {
  start?: number;
  end?: number;
  first: 'newest' | 'oldest';
  limit: number;
  cursor?: string;
}

/** A page; of sources that failed, now or on a page before, why. */
export interface MergedPage {
  items: { source: string; row: RecordingInfo }[];
  cursor?: string;
  failed: Map<string, unknown>;
}

/** A segment, and where its source goes on behind it. */
interface Candidate {
  row: RecordingInfo;
  next: Position;
}

/** What is to be given of one source on this page. */
interface Loaded {
  rows: Candidate[];
  /** There is more behind `rows`, which is not here. */
  hasMore: boolean;
}

/** Pages of a source that may be asked for to fill one page. */
const MAX_PAGES = 4;

/**
 * Equal starts go by the order of `sources`' names, and within one by its own order. Every segment comes
 * once, whatever the sizes of pages; a source that fails is left out of all further pages.
 */
export async function mergeRecordings(
  sources: ReadonlyMap<string, RecordingSource>,
  query: MergeQuery,
): Promise<MergedPage> {
  const { first } = query;
  const names = [...sources.keys()].sort();
  const before = query.cursor === undefined ? undefined : readCursor(query.cursor, first, names);
  // What a page held has to be in it again.
  const size = Math.max(query.limit, before?.size ?? 0);
  const positions = new Map<string, Position>(before?.positions);
  const failed = new Map<string, unknown>();
  const loaded = new Map<string, Loaded>();
  await Promise.all(
    names.map(async (name) => {
      const position = positions.get(name);
      if (position === 'done') return;
      if (position && 'failed' in position) return failed.set(name, position.failed);
      try {
        const source = sources.get(name) as RecordingSource;
        loaded.set(name, await load(source, position ?? startOf(before), query, size));
      } catch (error) {
        failed.set(name, error);
      }
    }),
  );
  const items = take(names, loaded, positions, query);
  for (const [name, error] of failed) positions.set(name, { failed: codeOf(error) });
  for (const [name, { rows, hasMore }] of loaded) {
    if (rows.length === 0 && !hasMore) positions.set(name, 'done');
  }
  const isOver = [...loaded.keys()].every((name) => positions.get(name) === 'done');
  if (isOver) return { items, failed };
  const start = items.at(-1)?.row.start ?? before?.start ?? 0;
  return { items, failed, cursor: writeCursor({ first, start, size, positions }) };
}

/** Takes from `loaded` in order, and says in `positions` how far. */
function take(
  names: readonly string[],
  loaded: Map<string, Loaded>,
  positions: Map<string, Position>,
  { first, limit }: MergeQuery,
): MergedPage['items'] {
  const items: MergedPage['items'] = [];
  const sign = first === 'newest' ? -1 : 1;
  while (items.length < limit) {
    let best: string | undefined;
    for (const name of names) {
      const { rows, hasMore } = loaded.get(name) ?? { rows: [], hasMore: false };
      // What comes next of it is not known: the page ends here.
      if (rows.length === 0 && hasMore) return items;
      const [candidate] = rows;
      const leader = best === undefined ? undefined : loaded.get(best)?.rows[0];
      if (candidate && (!leader || (candidate.row.start - leader.row.start) * sign < 0))
        best = name;
    }
    if (best === undefined) return items;
    const taken = loaded.get(best)?.rows.shift();
    if (!taken) return items;
    positions.set(best, taken.next);
    items.push({ source: best, row: taken.row });
  }
  return items;
}

async function load(
  source: RecordingSource,
  from: Place,
  query: MergeQuery,
  size: number,
): Promise<Loaded> {
  const { first } = query;
  const rows: Candidate[] = [];
  let { cursor } = from;
  let after = from.after;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const asked = {
      first,
      limit: size,
      ...rangeOf(query, cursor, after),
      ...(cursor && { cursor }),
    };
    const page = await source(asked);
    const here = cursor;
    const at = after ? behind(page.items, after, first) : 0;
    if (at !== undefined) after = undefined;
    const wanted = page.items.slice(at ?? page.items.length);
    for (const row of wanted) {
      const isLast = row === page.items.at(-1);
      const place = { ...(here && { cursor: here }), after: { start: row.start, id: row.id } };
      const end: Position = page.cursor === undefined ? 'done' : { cursor: page.cursor };
      rows.push({ row, next: isLast ? end : place });
    }
    if (page.cursor === undefined) return { rows, hasMore: false };
    if (page.cursor === cursor) throw wrongShape('gives the same page again');
    if (rows.length >= query.limit / 2) return { rows, hasMore: true };
    cursor = page.cursor;
  }
  if (rows.length === 0) throw wrongShape('gives pages without what was asked for');
  return { rows, hasMore: true };
}

/** Where a source begins that gave nothing yet: not before what others gave already. */
function startOf(before: MergeCursor | undefined): Place {
  return before ? { after: { start: before.start, id: '' } } : {};
}

/** Where what follows `after` begins; undefined where all lies before it. `''` is before all of its time. */
function behind(
  rows: readonly RecordingInfo[],
  after: { start: number; id: string },
  first: 'newest' | 'oldest',
): number | undefined {
  const at = rows.findIndex(({ id, start }) => id === after.id && start === after.start);
  if (at >= 0) return at + 1;
  const sign = first === 'newest' ? -1 : 1;
  const least = after.id === '' ? 0 : 1;
  const next = rows.findIndex(({ start }) => (start - after.start) * sign >= least);
  return next >= 0 ? next : undefined;
}

/** Without a page of its own to go on from it is found again by time. */
function rangeOf(query: MergeQuery, cursor: string | undefined, after: Place['after']) {
  const { first, start, end } = query;
  const isByTime = cursor === undefined && after !== undefined;
  const from = isByTime && first === 'oldest' ? Math.max(start ?? 0, after.start) : start;
  // What began before `start` lies in the range, too, and an interval is never empty.
  const behind = isByTime && first === 'newest' ? Math.max(after.start, start ?? 0) + 1 : undefined;
  const to = behind === undefined ? end : Math.min(end ?? Number.POSITIVE_INFINITY, behind);
  return { ...(from !== undefined && { start: from }), ...(to !== undefined && { end: to }) };
}

function codeOf(error: unknown): string {
  const code = typeof error === 'string' ? error : (error as { code?: unknown })?.code;
  return typeof code === 'string' && /^ERR_[A-Z0-9_]{1,60}$/.test(code) ? code : 'ERR_INTERNAL';
}

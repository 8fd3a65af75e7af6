// Where a page of the footage of many nodes ends: for each node where it goes on, in one opaque text.
import { FluxError } from '../errors.js';

/** Where a source goes on. */
export interface Place {
  /** Of the page that its next segment is in. */
  cursor?: string;
  /** The last segment that was given out of that page: what follows it is next. */
  after?: { start: number; id: string };
}

/** `done`: it has no more. A code: it failed, and stays left out. */
export type Position = Place | 'done' | { failed: string };

export interface MergeCursor {
  first: 'newest' | 'oldest';
  /** Of the last segment that was given, UTC milliseconds. */
  start: number;
  /** Of the pages that the sources were asked for: 1 to 1000. */
  size: number;
  /** By source. */
  positions: Map<string, Position>;
}

const MAX_CHARACTERS = 8192;
const CODE = /^ERR_[A-Z0-9_]{1,60}$/;
const ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const CURSOR = /^[\x21-\x7e]{1,100}$/;

/** Half of a serverId tells a hundred nodes apart. */
function shortOf(source: string): string {
  return source.slice(0, 18);
}

/** At most 8 KiB: where the pages of the nodes do not fit they are found again by time. */
export function writeCursor(cursor: MergeCursor): string {
  const whole = encode(cursor, true);
  return whole.length <= MAX_CHARACTERS ? whole : encode(cursor, false);
}

/** `ERR_INVALID_ARGUMENT` for what this did not write for the same order. Other sources are left out. */
export function readCursor(
  text: string,
  first: 'newest' | 'oldest',
  sources: readonly string[],
): MergeCursor {
  const parsed = decode(text);
  if (!parsed || parsed.first !== first) {
    throw new FluxError('ERR_INVALID_ARGUMENT', 'cursor must be that of the page before.');
  }
  const known = new Map(sources.map((source) => [shortOf(source), source]));
  const positions = new Map<string, Position>();
  for (const [short, position] of parsed.positions) {
    const source = known.get(short);
    if (source !== undefined) positions.set(source, position);
  }
  return { ...parsed, positions };
}

function encode({ first, start, size, positions }: MergeCursor, withPages: boolean): string {
  const rows = [...positions].map(([source, position]) => {
    const short = shortOf(source);
    if (position === 'done') return [short];
    if ('failed' in position) return [short, position.failed];
    const { cursor, after } = position;
    const page = withPages || !after ? (cursor ?? 0) : 0;
    return after ? [short, page, after.start - start, after.id] : [short, page, 0];
  });
  return Buffer.from(JSON.stringify([1, first[0], start, size, rows])).toString('base64url');
}

function decode(text: string): MergeCursor | undefined {
  if (text.length > MAX_CHARACTERS || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed)) return undefined;
    const [version, order, start, size, rows] = parsed;
    const first = order === 'n' ? 'newest' : order === 'o' ? 'oldest' : undefined;
    const isWhole = version === 1 && first && Number.isSafeInteger(start) && Array.isArray(rows);
    if (!isWhole || rows.length > 200 || !(Number.isInteger(size) && size > 0 && size <= 1000)) {
      return undefined;
    }
    const positions = new Map<string, Position>();
    for (const row of rows) {
      const [source, position] = positionOf(row, start) ?? [];
      if (source === undefined || position === undefined) return undefined;
      positions.set(source, position);
    }
    return { first, start, size, positions };
  } catch {
    return undefined;
  }
}

function positionOf(row: unknown, start: number): [string, Position] | undefined {
  if (!Array.isArray(row) || typeof row[0] !== 'string' || row.length > 4) return undefined;
  const [source, page, delta, id] = row;
  if (row.length === 1) return [source, 'done'];
  if (row.length === 2) return CODE.test(String(page)) ? [source, { failed: page }] : undefined;
  if (page !== 0 && !(typeof page === 'string' && CURSOR.test(page))) return undefined;
  const cursor = page === 0 ? {} : { cursor: page as string };
  if (row.length === 3) return [source, cursor];
  if (!Number.isSafeInteger(delta) || typeof id !== 'string' || !ID.test(id)) return undefined;
  return [source, { ...cursor, after: { start: start + delta, id } }];
}

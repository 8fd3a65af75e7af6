// Recorded segments of several cameras as one list by time. The index finds those of one camera quickly:
// each is walked in steps, and no further than the page needs.
import type { RecordingIndex, SegmentRecord } from '@fluxvision/core';
import type { Recording } from '../../protocol/index.js';
import { cursorOf } from './cursor.js';
import { type RecordingQuery, recordingOf, selectionOf } from './recording-list.js';

/** Rows of a camera that are fetched at once, at least. */
const LEAST_STEP = 8;

export function listMergedRecordings(
  index: RecordingIndex,
  cameras: readonly string[],
  query: Omit<RecordingQuery, 'cameraId'>,
): { items: Recording[]; cursor?: string } {
  const { limit, first } = query;
  const step = Math.max(LEAST_STEP, Math.ceil((2 * limit) / Math.max(1, cameras.length)));
  const walks = [...new Set(cameras)]
    .map((cameraId) => new Walk(index, { ...query, cameraId, limit: step }))
    .filter((walk) => walk.head !== undefined);
  const rows: SegmentRecord[] = [];
  while (rows.length <= limit) {
    const next = firstOf(walks, first === 'newest');
    if (!next) break;
    rows.push(next);
  }
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last ? cursorOf(last.startTime, last.id) : undefined;
  return { items: items.map(recordingOf), ...(more && { cursor: more }) };
}

/** Takes it from its camera. */
function firstOf(walks: readonly Walk[], newest: boolean): SegmentRecord | undefined {
  let first: Walk | undefined;
  for (const walk of walks) {
    if (!walk.head) continue;
    const isBefore = first?.head === undefined || compare(walk.head, first.head) < 0 !== newest;
    if (isBefore) first = walk;
  }
  return first?.take();
}

function compare(a: SegmentRecord, b: SegmentRecord): number {
  return a.startTime - b.startTime || a.id - b.id;
}

/** The segments of one camera. */
class Walk {
  readonly #index: RecordingIndex;
  readonly #query: RecordingQuery;
  #rows: SegmentRecord[];
  #at = 0;

  constructor(index: RecordingIndex, query: RecordingQuery) {
    this.#index = index;
    this.#query = query;
    this.#rows = index.segments(selectionOf(query));
  }

  get head(): SegmentRecord | undefined {
    return this.#rows[this.#at];
  }

  take(): SegmentRecord | undefined {
    const row = this.head;
    this.#at += 1;
    if (row && this.#at === this.#rows.length && this.#rows.length === this.#query.limit) {
      const after = { time: row.startTime, id: row.id };
      this.#rows = this.#index.segments(selectionOf({ ...this.#query, after }));
      this.#at = 0;
    }
    return row;
  }
}

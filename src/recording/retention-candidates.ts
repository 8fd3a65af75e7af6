// Which segments may go, in the order in which they go. Reads the covering index alone, page by page.
import type { EvidenceLock } from '../keys/index.js';
import { DAY_MS } from '../utc-day.js';
import type { RecordingIndex } from './recording-index.js';
import type { StreamPlace } from './segment-record.js';

/** A segment that may be deleted. */
export interface Candidate {
  id: number;
  cameraId: string;
  stream: number;
  from: number;
  to: number;
  size: number;
}

const PAGE = 64;

const SELECT = `SELECT s.id, s.camera_id AS cameraId, s.stream, s.start_time AS "from",
  s.end_time AS "to", s.file_size_bytes AS size FROM recording_segments s
  WHERE s.camera_id = @cameraId AND s.stream = @stream AND (s.start_time, s.id) > (@after, @afterId)
    AND s.start_time < @before`;

/** An event lasts a day at most, as far as this is concerned: that bounds the search. */
const OF_EVENT = `(s.trigger_kind = 'event' OR EXISTS (SELECT 1 FROM events e
  WHERE e.camera_id = s.camera_id AND e.from_time < s.end_time
    AND e.from_time >= s.start_time - ${DAY_MS} AND e.to_time > s.start_time))`;

const ORDER = 'ORDER BY s.start_time, s.id LIMIT @page';

/** The oldest segments of a stream that began before `before`. */
export function* oldestOfStream(
  index: RecordingIndex,
  place: StreamPlace,
  before: number,
  after = -1,
  condition = '1',
): Generator<Candidate, void, void> {
  // Strictly after that moment, whatever the ids.
  let last: Pick<Candidate, 'from' | 'id'> = { from: after, id: Number.MAX_SAFE_INTEGER };
  for (;;) {
    const page: Candidate[] = index.connection.all(`${SELECT} AND ${condition} ${ORDER}`, {
      ...place,
      after: last.from,
      afterId: last.id,
      before,
      page: PAGE,
    });
    yield* page;
    if (page.length < PAGE) return;
    last = page.at(-1) as Candidate;
  }
}

/**
 * The segments of these streams, day by day (UTC): of each day first those without an event, over all
 * streams by their start, then those with one.
 */
export function* oldestOfAll(
  index: RecordingIndex,
  places: readonly StreamPlace[],
): Generator<Candidate, void, void> {
  const wanted = new Set(places.map(({ cameraId, stream }) => `${cameraId}/${stream}`));
  const totals = index.totals().filter((t) => wanted.has(`${t.cameraId}/${t.stream}`));
  const days = [...new Set(totals.map(({ day }) => day))].sort((a, b) => a - b);
  for (const day of days) {
    const streams = totals.filter((total) => total.day === day);
    for (const condition of [`NOT ${OF_EVENT}`, OF_EVENT]) {
      yield* merged(
        streams.map((place) => oldestOfStream(index, place, day + DAY_MS, day - 1, condition)),
      );
    }
  }
}

/** Always the oldest of the heads. */
function* merged(streams: Generator<Candidate, void, void>[]): Generator<Candidate, void, void> {
  const heads = streams
    .map((stream) => ({ stream, head: stream.next().value as Candidate | undefined }))
    .filter(({ head }) => head !== undefined);
  while (heads.length > 0) {
    const first = heads.reduce((a, b) =>
      (a.head as Candidate).from <= (b.head as Candidate).from ? a : b,
    );
    yield first.head as Candidate;
    first.head = first.stream.next().value as Candidate | undefined;
    if (!first.head) heads.splice(heads.indexOf(first), 1);
  }
}

/** True where the footage is evidence. */
export function isLocked(segment: Candidate, locks: readonly EvidenceLock[]): boolean {
  return locks.some(
    (lock) =>
      lock.cameraId === segment.cameraId && lock.from < segment.to && lock.to > segment.from,
  );
}

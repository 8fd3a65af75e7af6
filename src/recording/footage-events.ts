// What happened in front of a camera: motion, a line crossed, a door. Footage of it is kept longest
// where the disk gets full.
import { DAY_MS } from '../utc-day.js';
import type { IndexConnection } from './index-connection.js';

/** Something that happened at a camera. */
export interface FootageEvent {
  id: number;
  cameraId: string;
  /** For example `motion`. */
  type: string;
  /** UTC milliseconds, half open. */
  from: number;
  to: number;
  /** From 0 to 1, where the source gives one. */
  score: number | null;
  /** What else there is to say; stored as JSON. */
  data: unknown;
}

/** An event to add. */
export interface NewFootageEvent {
  cameraId: string;
  type: string;
  from: number;
  to: number;
  score?: number | undefined;
  data?: unknown;
}

export interface EventQuery {
  cameraId?: string | undefined;
  /** Only events of these cameras. */
  cameraIds?: readonly string[] | undefined;
  type?: string | undefined;
  /** Only events that end after this time. */
  from?: number | undefined;
  /** Only events that begin before this time. */
  to?: number | undefined;
  /** By start time. Default `oldest`. */
  first?: 'oldest' | 'newest' | undefined;
  /** Only what comes behind this event, in the order of `first`. */
  after?: Pick<FootageEvent, 'from' | 'id'> | undefined;
  limit?: number | undefined;
}

/** Events of one type that are closer to each other than a view can show. */
export interface EventRun {
  type: string;
  /** UTC milliseconds, from the first one's start to the latest end. */
  from: number;
  to: number;
  events: number;
}

/** An event lasts a day at most, as far as this is concerned: that bounds the search. */
const RUNS_SQL = `SELECT type, min(from_time) AS "from", max(to_time) AS "to", count(*) AS events
  FROM events WHERE camera_id = @cameraId AND from_time < @to AND from_time >= @from - ${DAY_MS}
    AND to_time > @from
  GROUP BY type, from_time / @resolutionMs ORDER BY type, 2`;

type Row = Omit<FootageEvent, 'data'> & { data: string | null };

export class FootageEvents {
  constructor(private readonly connection: IndexConnection) {}

  add(event: NewFootageEvent): FootageEvent {
    const { data, score = null, ...rest } = event;
    const json = data === undefined ? null : (JSON.stringify(data) ?? null);
    const row = this.connection.get<{ id: number }>(
      `INSERT INTO events (camera_id, type, from_time, to_time, score, data)
       VALUES (@cameraId, @type, @from, @to, @score, @json) RETURNING id`,
      { ...rest, score, json },
    );
    return { id: row?.id ?? 0, ...rest, score, data: json === null ? null : JSON.parse(json) };
  }

  list(query: EventQuery): FootageEvent[] {
    const conditions = ['1'];
    if (query.cameraId !== undefined) conditions.push('camera_id = @cameraId');
    if (query.cameraIds) conditions.push('camera_id IN (SELECT value FROM json_each(@ids))');
    if (query.type !== undefined) conditions.push('type = @type');
    if (query.from !== undefined) conditions.push('to_time > @from');
    if (query.to !== undefined) conditions.push('from_time < @to');
    const [order, beyond] = query.first === 'newest' ? ['DESC', '<'] : ['ASC', '>'];
    const { after, cameraIds, first: _, ...bound } = query;
    if (after) conditions.push(`(from_time, id) ${beyond} (@afterFrom, @afterId)`);
    return this.connection
      .all<Row>(
        `SELECT id, camera_id AS cameraId, type, from_time AS "from", to_time AS "to", score, data
         FROM events WHERE ${conditions.join(' AND ')} ORDER BY from_time ${order}, id ${order} LIMIT @limit`,
        {
          ...bound,
          ids: cameraIds && JSON.stringify(cameraIds),
          afterFrom: after?.from,
          afterId: after?.id,
          limit: query.limit ?? Number.MAX_SAFE_INTEGER,
        },
      )
      .map((row) => ({ ...row, data: parsed(row.data) }));
  }

  runs(query: { cameraId: string; from: number; to: number; resolutionMs: number }): EventRun[] {
    const resolutionMs = Math.max(1, query.resolutionMs);
    const runs: EventRun[] = [];
    for (const piece of this.connection.all<EventRun>(RUNS_SQL, { ...query, resolutionMs })) {
      const last = runs.at(-1);
      if (last?.type === piece.type && piece.from - last.to < query.resolutionMs) {
        last.to = Math.max(last.to, piece.to);
        last.events += piece.events;
      } else {
        runs.push(piece);
      }
    }
    return runs.sort((a, b) => a.from - b.from);
  }

  /** Events whose footage is gone. */
  forgetBefore(cameraId: string, time: number): void {
    this.connection.run('DELETE FROM events WHERE camera_id = @cameraId AND to_time <= @time', {
      cameraId,
      time,
    });
  }
}

/** A row that someone altered holds nothing. */
function parsed(data: string | null): unknown {
  try {
    return data === null ? null : JSON.parse(data);
  } catch {
    return null;
  }
}

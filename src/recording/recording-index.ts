// index.db: one row per finished segment. A row always has its file; a file without a row is what a
// crash left, and recovery finds it.
import { resolve } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import {
  cameraId,
  checkOptions,
  flag,
  integer,
  invalidArgument,
  oneOf,
  optional,
  path,
  text,
  time,
  uuid,
} from '../arguments/index.js';
import { openDatabase } from '../database.js';
import { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { isSegmentPath, layout, openOrCreateStorage, openStorage } from './storage.js';

/** Why a segment ended; `cut`: the next one follows without a gap. */
export type SegmentEndReason =
  | 'cut'
  | 'closed'
  | 'disconnected'
  | 'discontinuity'
  | 'parameters'
  | 'overflow'
  | 'error'
  | 'interrupted';

/** A finished segment, as the index knows it. */
export interface SegmentRecord {
  /** Rises with each row. */
  id: number;
  cameraId: string;
  /** Relative to the storage directory, with forward slashes. */
  filePath: string;
  /** What is inside the sealed file. */
  actualFormat: 'mkv';
  encryptionAlgorithm: 'LEA-256-GCM';
  /** UUID of the key, see {@link KeyManager.key}. */
  keyId: string;
  /** UTC milliseconds; the interval is half open: [startTime, endTime). */
  startTime: number;
  endTime: number;
  fileSize: number;
  /** UTC milliseconds. */
  createdAt: number;
  /** 0: main stream, 1: sub stream. */
  stream: number;
  formatVersion: 1 | 2;
  frames: number;
  /** `recovered`: a crash cut it short, and its end was restored at the next start. */
  state: 'complete' | 'recovered';
  endReason: SegmentEndReason;
  /** Rises by one per segment of a camera. */
  sequence: number;
  width: number;
  height: number;
  /** RFC 6381. */
  codec: string;
}

/** A segment to insert. */
export type NewSegment = Omit<
  SegmentRecord,
  'id' | 'createdAt' | 'actualFormat' | 'encryptionAlgorithm'
>;

/** Which segments {@link RecordingIndex.segments} returns. */
export interface SegmentQuery {
  cameraId?: string;
  /** Only segments that end after this time. */
  from?: number;
  /** Only segments that begin before this time. */
  to?: number;
  stream?: number;
  /** By start time. Default `oldest`. */
  first?: 'oldest' | 'newest';
  /** At most this many. */
  limit?: number;
}

/** What the index holds of one camera. */
export interface CameraSummary {
  id: string;
  segments: number;
  frames: number;
  bytes: number;
  /** Start of the oldest and end of the newest segment; null where there is none. */
  from: number | null;
  to: number | null;
}

/** Options of {@link RecordingIndex.open}. */
export interface RecordingIndexOptions {
  /** The storage directory; the index is `index.db` in it. */
  storage: string;
  /** Works while a recorder writes. Without it the index is made where it is missing. */
  readOnly?: boolean;
}

const MIGRATIONS = [
  `CREATE TABLE cameras (
     id TEXT PRIMARY KEY,
     created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
   );
   CREATE TABLE recording_segments (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     camera_id TEXT NOT NULL,
     file_path TEXT NOT NULL UNIQUE,
     actual_format TEXT DEFAULT 'mkv',
     encryption_algo TEXT DEFAULT 'LEA-256-GCM',
     key_id TEXT NOT NULL,
     start_time INTEGER NOT NULL,
     end_time INTEGER NOT NULL,
     file_size_bytes INTEGER,
     created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
     stream INTEGER NOT NULL DEFAULT 0,
     format_version INTEGER NOT NULL,
     frames INTEGER NOT NULL,
     state TEXT NOT NULL,
     end_reason TEXT NOT NULL,
     sequence INTEGER NOT NULL,
     width INTEGER NOT NULL,
     height INTEGER NOT NULL,
     codec TEXT NOT NULL,
     FOREIGN KEY (camera_id) REFERENCES cameras(id)
   );
   CREATE INDEX idx_segments_lookup ON recording_segments(camera_id, start_time, end_time);
   CREATE INDEX idx_segments_keyid ON recording_segments(key_id);`,
];

const COLUMNS = `id, camera_id AS cameraId, file_path AS filePath, actual_format AS actualFormat,
  encryption_algo AS encryptionAlgorithm, key_id AS keyId, start_time AS startTime,
  end_time AS endTime, file_size_bytes AS fileSize,
  CAST(strftime('%s', created_at) AS INTEGER) * 1000 AS createdAt,
  stream, format_version AS formatVersion, frames, state, end_reason AS endReason, sequence,
  width, height, codec`;

const PAGE = 500;

/**
 * The list of recorded segments of a storage directory. Any number of processes may read it while
 * one {@link Recorder} writes.
 *
 * @example
 * ```ts
 * const index = await RecordingIndex.open({ storage: 'storage', readOnly: true });
 * for (const segment of index.segments({ cameraId: 'door' })) console.log(segment.filePath);
 * await index.close();
 * ```
 */
export class RecordingIndex {
  /** Absolute path of the storage directory. */
  readonly storage: string;
  readonly #database: BetterSqlite3.Database;

  private constructor(storage: string, database: BetterSqlite3.Database) {
    this.storage = storage;
    this.#database = database;
  }

  /**
   * `ERR_STORAGE_NOT_FOUND` with `readOnly` where there is no storage; `ERR_SCHEMA_VERSION` where a
   * newer release wrote it.
   */
  static async open(options: RecordingIndexOptions): Promise<RecordingIndex> {
    const checked = checkOptions('RecordingIndex.open', options, {
      storage: path,
      readOnly: optional(flag, false),
    });
    const storage = resolve(checked.storage);
    if (checked.readOnly) await openStorage(storage);
    else await openOrCreateStorage(storage);
    const database = openDatabase({
      path: layout.index(storage),
      errorCode: 'ERR_INDEX',
      migrations: MIGRATIONS,
      readOnly: checked.readOnly,
    });
    return new RecordingIndex(storage, database);
  }

  /** Segments that overlap [from, to). */
  segments(query: SegmentQuery = {}): SegmentRecord[] {
    return [...this.iterate(query)];
  }

  /** As {@link segments}, without holding all of them in memory. */
  *iterate(query: SegmentQuery = {}): Generator<SegmentRecord, void, void> {
    const checked = checkQuery(query);
    const order = checked.first === 'newest' ? 'DESC' : 'ASC';
    const beyond = checked.first === 'newest' ? '<' : '>';
    const conditions = ['1'];
    if (checked.cameraId !== undefined) conditions.push('camera_id = @cameraId');
    if (checked.from !== undefined) conditions.push('end_time > @from');
    if (checked.to !== undefined) conditions.push('start_time < @to');
    if (checked.stream !== undefined) conditions.push('stream = @stream');
    const page = (after: boolean) =>
      this.#guarded(() =>
        this.#database.prepare<[object], SegmentRecord>(
          `SELECT ${COLUMNS} FROM recording_segments WHERE ${conditions.join(' AND ')}
           ${after ? `AND (start_time, id) ${beyond} (@startTime, @id)` : ''}
           ORDER BY start_time ${order}, id ${order} LIMIT @count`,
        ),
      );

    const firstPage = page(false);
    const nextPage = page(true);
    let last: SegmentRecord | undefined;
    let left = checked.limit ?? Number.POSITIVE_INFINITY;
    while (left > 0) {
      const count = Math.min(PAGE, left);
      const { first: _, limit: __, ...bound } = checked;
      const parameters = { ...bound, startTime: last?.startTime, id: last?.id, count };
      const rows: SegmentRecord[] = this.#guarded(() =>
        (last ? nextPage : firstPage).all(parameters),
      );
      yield* rows;
      if (rows.length < count) return;
      last = rows.at(-1);
      left -= count;
    }
  }

  /** The number of segments that {@link segments} would return without `limit`. */
  count(query: Pick<SegmentQuery, 'cameraId'> = {}): number {
    const checked = checkOptions('RecordingIndex.count', query, { cameraId: optional(cameraId) });
    const where = checked.cameraId === undefined ? '' : 'WHERE camera_id = @cameraId';
    return this.#guarded(
      () =>
        this.#database
          .prepare<[object], number>(`SELECT count(*) FROM recording_segments ${where}`)
          .pluck()
          .get(checked) ?? 0,
    );
  }

  /** The row of a file, by its path relative to the storage directory. */
  byPath(filePath: string): SegmentRecord | undefined {
    text()('RecordingIndex.byPath: filePath', filePath);
    return this.#guarded(() =>
      this.#database
        .prepare<[string], SegmentRecord>(
          `SELECT ${COLUMNS} FROM recording_segments WHERE file_path = ?`,
        )
        .get(filePath),
    );
  }

  /**
   * Adds a segment, and its camera where it is new. The file must be durable before: written,
   * fsynced, its directory fsynced. `ERR_INDEX_CONFLICT` where its path has a row.
   */
  insert(segment: NewSegment): SegmentRecord {
    const checked = checkOptions('RecordingIndex.insert', segment, {
      cameraId,
      filePath: text(1, 512),
      keyId: uuid,
      startTime: time,
      endTime: time,
      fileSize: integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
      stream: integer(0, 65_535),
      formatVersion: oneOf(1, 2),
      frames: integer(0, Number.MAX_SAFE_INTEGER),
      state: oneOf('complete', 'recovered'),
      endReason: oneOf(
        'cut',
        'closed',
        'disconnected',
        'discontinuity',
        'parameters',
        'overflow',
        'error',
        'interrupted',
      ),
      sequence: integer(0, Number.MAX_SAFE_INTEGER),
      width: integer(0, 65_535, 'pixels'),
      height: integer(0, 65_535, 'pixels'),
      codec: text(0, 64),
    });
    if (!isSegmentPath(checked.filePath)) {
      throw invalidArgument(
        'RecordingIndex.insert: filePath',
        'camera/YYYYMMDD/name, relative to the storage directory',
        checked.filePath,
      );
    }
    if (checked.endTime < checked.startTime) {
      throw invalidArgument(
        'RecordingIndex.insert: endTime',
        `at least startTime (${checked.startTime})`,
        checked.endTime,
      );
    }
    return this.#guarded(() =>
      this.#database
        .transaction(() => {
          this.#database
            .prepare('INSERT INTO cameras (id) VALUES (?) ON CONFLICT DO NOTHING')
            .run(checked.cameraId);
          return this.#database
            .prepare<[object], SegmentRecord>(
              `INSERT INTO recording_segments (camera_id, file_path, key_id, start_time, end_time,
                 file_size_bytes, stream, format_version, frames, state, end_reason, sequence,
                 width, height, codec)
               VALUES (@cameraId, @filePath, @keyId, @startTime, @endTime, @fileSize, @stream,
                 @formatVersion, @frames, @state, @endReason, @sequence, @width, @height, @codec)
               RETURNING ${COLUMNS}`,
            )
            .get(checked) as SegmentRecord;
        })
        .immediate(),
    );
  }

  /** What there is of each camera, by id. */
  cameras(): CameraSummary[] {
    return this.#guarded(() =>
      this.#database
        .prepare<[], CameraSummary>(
          `SELECT cameras.id AS id, count(s.id) AS segments, coalesce(sum(s.frames), 0) AS frames,
             coalesce(sum(s.file_size_bytes), 0) AS bytes,
             min(s.start_time) AS "from", max(s.end_time) AS "to"
           FROM cameras LEFT JOIN recording_segments s ON s.camera_id = cameras.id
           GROUP BY cameras.id ORDER BY cameras.id`,
        )
        .all(),
    );
  }

  /** The sequence number for a camera's next segment. */
  nextSequence(camera: string): number {
    cameraId('RecordingIndex.nextSequence: cameraId', camera);
    return this.#guarded(
      () =>
        this.#database
          .prepare<[string], number>(
            'SELECT coalesce(max(sequence) + 1, 0) FROM recording_segments WHERE camera_id = ?',
          )
          .pluck()
          .get(camera) ?? 0,
    );
  }

  /**
   * Paths of the rows whose files lie in one day folder (`camera/YYYYMMDD`). Folder by folder this
   * compares millions of rows with the disk without holding them.
   */
  pathsIn(folder: string): string[] {
    text()('RecordingIndex.pathsIn: folder', folder);
    return this.#guarded(() =>
      this.#database
        .prepare<[string, string], string>(
          // '0' is the character after '/': the range is exactly the folder, found by the index.
          'SELECT file_path FROM recording_segments WHERE file_path > ? AND file_path < ? ORDER BY file_path',
        )
        .pluck()
        .all(`${folder}/`, `${folder}0`),
    );
  }

  /** The day folders (`camera/YYYYMMDD`) that rows name. */
  *folders(): Generator<string, void, void> {
    const next = this.#guarded(() =>
      this.#database
        .prepare<[string], string>(
          'SELECT file_path FROM recording_segments WHERE file_path >= ? ORDER BY file_path LIMIT 1',
        )
        .pluck(),
    );
    let from = '';
    for (;;) {
      const found = this.#guarded(() => next.get(from));
      if (found === undefined) return;
      const folder = found.slice(0, Math.max(0, found.lastIndexOf('/')));
      yield folder;
      // A path without a folder (an altered row) must not hold the walk up.
      from = folder === '' ? `${found}\u0001` : `${folder}0`;
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #guarded<T>(run: () => T): T {
    if (!this.#database.open) throw new FluxError('ERR_CLOSED', 'The RecordingIndex is closed.');
    try {
      return run();
    } catch (error) {
      const conflict = (error as { code?: string }).code === 'SQLITE_CONSTRAINT_UNIQUE';
      throw asFluxError(error, conflict ? 'ERR_INDEX_CONFLICT' : 'ERR_INDEX', 'index.db');
    }
  }
}

function checkQuery(query: SegmentQuery) {
  const checked = checkOptions('RecordingIndex.segments', query, {
    cameraId: optional(cameraId),
    from: optional(time),
    to: optional(time),
    stream: optional(integer(0, 65_535)),
    first: optional(oneOf('oldest', 'newest'), 'oldest' as const),
    limit: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  });
  if (checked.from !== undefined && checked.to !== undefined && checked.to <= checked.from) {
    throw invalidArgument(
      'RecordingIndex.segments: to',
      `later than from (${checked.from})`,
      checked.to,
    );
  }
  return checked;
}

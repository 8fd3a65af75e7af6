// Segments on their way out: their rows are gone, their files perhaps not yet.
import type { IndexConnection } from './index-connection.js';

/** Why footage is deleted. `space`: the disk had too little room. `request`: somebody wanted it. */
export type DeleteReason = 'maxAge' | 'legalMaxAge' | 'maxBytes' | 'space' | 'request';

/** A file to delete. */
export interface Garbage {
  /** Relative to the storage directory. */
  path: string;
  cameraId: string;
  size: number;
  reason: DeleteReason;
  /** UTC milliseconds. */
  since: number;
  attempts: number;
  lastAttempt: number;
  lastError: string | null;
  /** UTC milliseconds of its footage; known to the process that took its row away. */
  from?: number;
  to?: number;
}

const COLUMNS = `path, camera_id AS cameraId, size, reason, since, attempts,
  last_attempt AS lastAttempt, last_error AS lastError`;

export class GarbageRows {
  constructor(private readonly connection: IndexConnection) {}

  /** One transaction: the rows leave the recording and become garbage. Returns those that were there. */
  take(ids: readonly number[], reason: DeleteReason, since: number): Garbage[] {
    return this.connection.transaction(() => {
      const taken: Garbage[] = [];
      for (const id of ids) {
        const row = this.connection.get<
          Pick<Garbage, 'path' | 'cameraId' | 'size'> & { from: number; to: number }
        >(
          `DELETE FROM recording_segments WHERE id = @id
           RETURNING file_path AS path, camera_id AS cameraId, coalesce(file_size_bytes, 0) AS size,
             start_time AS "from", end_time AS "to"`,
          { id },
        );
        if (!row) continue;
        const { from, to, ...file } = row;
        const garbage = { ...file, reason, since };
        this.connection.run(
          `INSERT OR REPLACE INTO garbage (path, camera_id, size, reason, since)
           VALUES (@path, @cameraId, @size, @reason, @since)`,
          garbage,
        );
        taken.push({ ...garbage, from, to, attempts: 0, lastAttempt: 0, lastError: null });
      }
      return taken;
    });
  }

  list(limit = Number.MAX_SAFE_INTEGER): Garbage[] {
    return this.connection.all(`SELECT ${COLUMNS} FROM garbage ORDER BY path LIMIT @limit`, {
      limit,
    });
  }

  has(path: string): boolean {
    return this.connection.get('SELECT 1 FROM garbage WHERE path = @path', { path }) !== undefined;
  }

  /** The files are gone, durably. */
  forget(paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.connection.transaction(() => {
      for (const path of paths)
        this.connection.run('DELETE FROM garbage WHERE path = @path', { path });
    });
  }

  failed(path: string, error: string, at: number): void {
    this.connection.run(
      `UPDATE garbage SET attempts = attempts + 1, last_error = @error, last_attempt = @at
       WHERE path = @path`,
      { path, error, at },
    );
  }

  totals(): { files: number; bytes: number } {
    return this.connection.get(
      'SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM garbage',
    ) as { files: number; bytes: number };
  }
}

// Sessions on disk: which ones a restart finds again.
import type { SessionRecord } from './client-session.js';
import type { UsersDatabase } from './users-database.js';

export interface StoredSession {
  id: string;
  record: SessionRecord;
  lastActivity: number;
}

interface Row {
  id: string;
  last_activity: number;
  record: string;
}

export class SessionStore {
  readonly #database: UsersDatabase;

  constructor(database: UsersDatabase) {
    this.#database = database;
  }

  /** Those that `isGood` keeps; the others are forgotten. */
  load(isGood: (session: StoredSession) => boolean): StoredSession[] {
    const rows = this.#database.rows<Row>('SELECT id, last_activity, record FROM sessions');
    const stored = rows.map(({ id, last_activity, record }) => ({
      id,
      record: this.#database.open<SessionRecord>(placeOf(id), record),
      lastActivity: last_activity,
    }));
    const good = stored.filter(isGood);
    const over = stored.filter((session) => !good.includes(session));
    if (over.length > 0) this.remove(over.map(({ id }) => id));
    return good;
  }

  add(id: string, record: SessionRecord): void {
    this.#database.run(
      'INSERT INTO sessions (id, user_id, expires_at, last_activity, record) VALUES (?, ?, ?, ?, ?)',
      id,
      record.userId,
      record.expiresAt,
      record.connectedAt,
      this.#database.seal(placeOf(id), record),
    );
  }

  remove(ids: readonly string[]): void {
    this.#database.transaction(() => {
      for (const id of ids) this.#database.run('DELETE FROM sessions WHERE id = ?', id);
    });
  }

  saveActivity(sessions: Iterable<{ id: string; lastActivity: number }>): void {
    this.#database.transaction(() => {
      for (const { id, lastActivity } of sessions) {
        this.#database.run('UPDATE sessions SET last_activity = ? WHERE id = ?', lastActivity, id);
      }
    });
  }
}

function placeOf(id: string) {
  return { table: 'sessions', column: 'record', row: id };
}

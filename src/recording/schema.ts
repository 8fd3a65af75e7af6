// The schema of index.db, step by step. A step that was released is never edited.

/** A row of the index is footage that exists; what is on its way out is in `garbage`. */
export const INDEX_MIGRATIONS: readonly string[] = [
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

  // The totals and the next sequence number are kept by triggers: whatever changes a row, in whichever
  // program, changes them in the same transaction.
  `ALTER TABLE recording_segments ADD COLUMN trigger_kind TEXT NOT NULL DEFAULT 'continuous';
   ALTER TABLE recording_segments ADD COLUMN audio_codec TEXT NOT NULL DEFAULT '';
   ALTER TABLE recording_segments ADD COLUMN run_id INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE cameras ADD COLUMN next_sequence INTEGER NOT NULL DEFAULT 0;

   UPDATE cameras SET next_sequence = coalesce(
     (SELECT max(sequence) + 1 FROM recording_segments WHERE camera_id = cameras.id), 0);
   UPDATE recording_segments SET run_id = runs.run_id FROM (
     SELECT id, max(begins) OVER (PARTITION BY camera_id, stream ORDER BY start_time, id) AS run_id
     FROM (
       SELECT id, camera_id, stream, start_time,
         CASE WHEN lag(end_reason) OVER w = 'cut' AND abs(start_time - lag(end_time) OVER w) <= 1
           THEN NULL ELSE start_time END AS begins
       FROM recording_segments
       WINDOW w AS (PARTITION BY camera_id, stream ORDER BY start_time, id)
     )
   ) AS runs WHERE runs.id = recording_segments.id;

   CREATE INDEX idx_segments_cover ON recording_segments(camera_id, stream, start_time, end_time,
     run_id, file_size_bytes, frames, end_reason, trigger_kind);

   CREATE TABLE day_totals (
     camera_id TEXT NOT NULL,
     stream INTEGER NOT NULL,
     day INTEGER NOT NULL,
     segments INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     frames INTEGER NOT NULL,
     recorded_ms INTEGER NOT NULL,
     PRIMARY KEY (camera_id, stream, day)
   ) WITHOUT ROWID;
   INSERT INTO day_totals
     SELECT camera_id, stream, start_time / 86400000, count(*), sum(coalesce(file_size_bytes, 0)),
       sum(frames), sum(end_time - start_time)
     FROM recording_segments GROUP BY camera_id, stream, start_time / 86400000;
   CREATE TRIGGER segment_inserted AFTER INSERT ON recording_segments BEGIN
     INSERT INTO day_totals VALUES (new.camera_id, new.stream, new.start_time / 86400000, 1,
         coalesce(new.file_size_bytes, 0), new.frames, new.end_time - new.start_time)
       ON CONFLICT DO UPDATE SET segments = segments + 1, bytes = bytes + excluded.bytes,
         frames = frames + excluded.frames, recorded_ms = recorded_ms + excluded.recorded_ms;
     UPDATE cameras SET next_sequence = new.sequence + 1
       WHERE id = new.camera_id AND next_sequence <= new.sequence;
   END;
   CREATE TRIGGER segment_deleted AFTER DELETE ON recording_segments BEGIN
     UPDATE day_totals SET segments = segments - 1, bytes = bytes - coalesce(old.file_size_bytes, 0),
         frames = frames - old.frames, recorded_ms = recorded_ms - (old.end_time - old.start_time)
       WHERE camera_id = old.camera_id AND stream = old.stream AND day = old.start_time / 86400000;
     DELETE FROM day_totals WHERE camera_id = old.camera_id AND stream = old.stream
       AND day = old.start_time / 86400000 AND segments <= 0;
   END;
   CREATE TRIGGER segment_changed AFTER UPDATE OF camera_id, stream, start_time, end_time,
       file_size_bytes, frames ON recording_segments BEGIN
     UPDATE day_totals SET segments = segments - 1, bytes = bytes - coalesce(old.file_size_bytes, 0),
         frames = frames - old.frames, recorded_ms = recorded_ms - (old.end_time - old.start_time)
       WHERE camera_id = old.camera_id AND stream = old.stream AND day = old.start_time / 86400000;
     DELETE FROM day_totals WHERE camera_id = old.camera_id AND stream = old.stream
       AND day = old.start_time / 86400000 AND segments <= 0;
     INSERT INTO day_totals VALUES (new.camera_id, new.stream, new.start_time / 86400000, 1,
         coalesce(new.file_size_bytes, 0), new.frames, new.end_time - new.start_time)
       ON CONFLICT DO UPDATE SET segments = segments + 1, bytes = bytes + excluded.bytes,
         frames = frames + excluded.frames, recorded_ms = recorded_ms + excluded.recorded_ms;
   END;

   CREATE TABLE gaps (
     id INTEGER PRIMARY KEY,
     camera_id TEXT NOT NULL,
     stream INTEGER NOT NULL,
     from_time INTEGER NOT NULL,
     to_time INTEGER NOT NULL,
     frames INTEGER NOT NULL,
     reason TEXT NOT NULL
   );
   CREATE INDEX idx_gaps ON gaps(camera_id, stream, from_time, to_time);
   CREATE TABLE events (
     id INTEGER PRIMARY KEY,
     camera_id TEXT NOT NULL,
     type TEXT NOT NULL,
     from_time INTEGER NOT NULL,
     to_time INTEGER NOT NULL,
     score REAL,
     data TEXT
   );
   CREATE INDEX idx_events ON events(camera_id, from_time, to_time);
   CREATE TABLE garbage (
     path TEXT PRIMARY KEY,
     camera_id TEXT NOT NULL,
     size INTEGER NOT NULL,
     reason TEXT NOT NULL,
     since INTEGER NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0,
     last_attempt INTEGER NOT NULL DEFAULT 0,
     last_error TEXT
   ) WITHOUT ROWID;
   CREATE TABLE storage (
     only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
     id TEXT NOT NULL,
     opening INTEGER NOT NULL DEFAULT 0,
     opens INTEGER NOT NULL DEFAULT 0,
     settled_at INTEGER NOT NULL DEFAULT 0,
     seen_at INTEGER NOT NULL DEFAULT 0
   );`,
];

// The index of recordings with many millions of segments: a day's timeline, the start, an insert.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { RecordingIndex } from '../dist/index.js';

const USAGE = `npm run bench -- index [--segments N] [--cameras N] [--json]
  --segments N  how many rows of 10 s segments (default 10000000)
  --cameras N   of how many cameras (default 42)`;

const SEGMENT_MS = 10_000;
const DAY_MS = 86_400_000;
const KEY_ID = '00000000-0000-4000-8000-000000000000';

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      segments: { type: 'string', default: '10000000' },
      cameras: { type: 'string', default: '42' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [segments, cameras] = [Number(values.segments), Number(values.cameras)];
  if (!(segments >= cameras && cameras >= 1)) {
    console.error(USAGE);
    return 2;
  }
  const storage = mkdtempSync(join(tmpdir(), 'fluxvision-bench-'));
  try {
    await (await RecordingIndex.open({ storage })).close();
    if (!values.json) console.log(`making ${segments} rows of ${cameras} cameras ...`);
    const perCamera = Math.floor(segments / cameras);
    const end = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    fill(storage, cameras, perCamera, end - perCamera * SEGMENT_MS);
    await measure(storage, cameras, perCamera, end, (name, unit, value) =>
      print(values.json, {
        bench: 'index',
        case: name,
        segments: cameras * perCamera,
        value,
        unit,
      }),
    );
    return 0;
  } finally {
    rmSync(storage, { recursive: true, force: true });
  }
}

/** Rows as a recorder would have written them, without its triggers' work for each. */
function fill(storage, cameras, perCamera, begin) {
  const Database = createRequire(import.meta.url)('better-sqlite3');
  const database = new Database(join(storage, 'index.db'));
  database.pragma('synchronous = OFF');
  const triggers = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  const insert = database.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @perCamera)
     INSERT INTO recording_segments (camera_id, file_path, key_id, start_time, end_time,
       file_size_bytes, stream, format_version, frames, state, end_reason, sequence, width, height,
       codec, run_id)
     SELECT @camera, @camera || '/' || strftime('%Y%m%d', (@begin + i * ${SEGMENT_MS}) / 1000,
         'unixepoch') || '/' || ((@begin + i * ${SEGMENT_MS}) / 1000),
       '${KEY_ID}', @begin + i * ${SEGMENT_MS}, @begin + (i + 1) * ${SEGMENT_MS}, 5000000, 0, 2, 250,
       'complete', 'cut', i, 1920, 1080, 'avc1.640028', @begin + i / 8640 * 8640 * ${SEGMENT_MS}
     FROM n`,
  );
  for (let c = 0; c < cameras; c++) {
    const camera = `cam${c}`;
    database.transaction(() => {
      database
        .prepare('INSERT INTO cameras (id, next_sequence) VALUES (?, ?)')
        .run(camera, perCamera);
      insert.run({ camera, perCamera, begin });
    })();
  }
  database.exec(`INSERT INTO day_totals SELECT camera_id, stream, start_time / ${DAY_MS}, count(*),
    sum(file_size_bytes), sum(frames), sum(end_time - start_time)
    FROM recording_segments GROUP BY camera_id, stream, start_time / ${DAY_MS}`);
  for (const { sql } of triggers) database.exec(sql);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

async function measure(storage, cameras, perCamera, end, print) {
  const opened = performance.now();
  const index = await RecordingIndex.open({ storage });
  print('open', 'ms', performance.now() - opened);
  try {
    const days = Math.max(1, Math.floor((perCamera * SEGMENT_MS) / DAY_MS));
    const timelines = Array.from({ length: 100 }, (_, i) => {
      const from = end - (1 + ((i * 7919) % days)) * DAY_MS;
      const cameraId = `cam${(i * 31) % cameras}`;
      return duration(() => index.timeline({ cameraId, from, to: from + DAY_MS }));
    });
    print('timeline of a day, median', 'ms', median(timelines));
    const inserts = Array.from({ length: 300 }, (_, i) => {
      const cameraId = `cam${i % cameras}`;
      const startTime = end + Math.floor(i / cameras) * SEGMENT_MS;
      const segment = {
        ...{ cameraId, filePath: `${cameraId}/20991231/${i}`, keyId: KEY_ID },
        ...{ startTime, endTime: startTime + SEGMENT_MS, fileSize: 5_000_000, stream: 0 },
        ...{ formatVersion: 2, frames: 250, state: 'complete', endReason: 'cut' },
        ...{ sequence: perCamera + i, width: 1920, height: 1080, codec: 'avc1.640028' },
      };
      return duration(() => index.insert(segment));
    });
    print('insert of a segment, median', 'ms', median(inserts));
    print(
      'cameras and their totals',
      'ms',
      duration(() => index.cameras()),
    );
  } finally {
    await index.close();
  }
}

function duration(work) {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(json, row) {
  if (json) console.log(JSON.stringify(row));
  else console.log(`${row.case.padEnd(34)} ${row.value.toFixed(3).padStart(12)} ${row.unit}`);
}

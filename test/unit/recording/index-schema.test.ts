import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RecordingIndex } from '../../../src/recording/recording-index.js';
import { INDEX_MIGRATIONS } from '../../../src/recording/schema.js';
import { TIMELINE_SQL } from '../../../src/recording/timeline.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { thrownBy } from '../thrown.js';
import { DAY, KEY_ID, openIndex, START, segmentAt } from './stored.js';

function raw(storage: string): Database.Database {
  const database = new Database(join(storage, 'index.db'));
  onTestFinished(() => {
    database.close();
  });
  return database;
}

/** An index as schema version 1 left it, with its marker. */
function versionOne(storage: string): Database.Database {
  const database = raw(storage);
  database.exec(INDEX_MIGRATIONS[0] as string);
  database.pragma('user_version = 1');
  const insert = database.prepare(
    `INSERT INTO recording_segments (camera_id, file_path, key_id, start_time, end_time,
       file_size_bytes, stream, format_version, frames, state, end_reason, sequence, width, height,
       codec) VALUES ('door', ?, '${KEY_ID}', ?, ?, 100, ?, 2, 50, 'complete', ?, ?, 640, 480, 'avc1')`,
  );
  database.exec(`INSERT INTO cameras (id) VALUES ('door'), ('new')`);
  const at = (seconds: number) => START + seconds * 1000;
  insert.run('door/20260126/a', at(0), at(10), 0, 'cut', 0);
  insert.run('door/20260126/b', at(10), at(20), 0, 'disconnected', 1);
  insert.run('door/20260126/c', at(60), at(70), 0, 'cut', 7);
  insert.run('door/20260127/d', at(70) + DAY, at(80) + DAY, 0, 'cut', 8);
  insert.run('door/20260126/e', at(10), at(20), 1, 'cut', 3);
  return database;
}

describe('the schema of the index', () => {
  it('takes over an index of version 1: runs, totals, sequence numbers', async () => {
    const storage = temporaryDirectory();
    await (await RecordingIndex.open({ storage })).close();
    const { unlinkSync } = await import('node:fs');
    unlinkSync(join(storage, 'index.db'));
    versionOne(storage).close();
    const index = await openIndex(storage);
    const rows = index.segments();
    expect(rows.map(({ filePath, runId }) => [filePath.at(-1), runId - START])).toEqual([
      ['a', 0],
      ['b', 0],
      ['e', 10_000],
      ['c', 60_000],
      ['d', 70_000 + DAY],
    ]);
    expect(rows[0]).toMatchObject({ trigger: 'continuous', audioCodec: '', frames: 50 });
    expect(index.totals()).toEqual([
      expect.objectContaining({ stream: 0, segments: 3, bytes: 300, recordedMs: 30_000 }),
      expect.objectContaining({ stream: 0, segments: 1, frames: 50 }),
      expect.objectContaining({ stream: 1, segments: 1 }),
    ]);
    expect(index.nextSequence('door')).toBe(9);
    expect(index.nextSequence('new')).toBe(0);
    const { id } = JSON.parse(readFileSync(join(storage, 'storage.json'), 'utf8'));
    expect(index.storageRow.read()).toMatchObject({ id, opens: 0, settledAt: 0 });
    expect(index.dayTotals.wrong()).toEqual([]);
  });

  it('answers a timeline from the covering index alone', async () => {
    const index = await openIndex();
    const plan = raw(index.storage)
      .prepare(`EXPLAIN QUERY PLAN ${TIMELINE_SQL}`)
      .all({ cameraId: 'door', stream: 0, from: START, to: START + DAY }) as { detail: string }[];
    const searches = plan
      .map(({ detail }) => detail)
      .filter((detail) => /SEARCH|SCAN/.test(detail));
    expect(searches.length).toBeGreaterThan(0);
    for (const detail of searches) {
      expect(detail).toMatch(/SEARCH recording_segments USING COVERING INDEX idx_segments_cover/);
    }
    expect(plan.some(({ detail }) => detail.includes('TEMP B-TREE'))).toBe(false);
  });
});

describe('day totals', () => {
  it('follow every row that comes, changes or goes, whoever changes it', async () => {
    const index = await openIndex();
    const database = raw(index.storage);
    for (let i = 0; i < 5; i++) index.insert(segmentAt(i, { fileSize: 100 + i }));
    index.insert(segmentAt(9, { stream: 1 }));
    expect(index.totals()).toMatchObject([
      { cameraId: 'door', stream: 0, segments: 5, bytes: 510, frames: 1250, recordedMs: 50_000 },
      { cameraId: 'door', stream: 1, segments: 1, bytes: 1000 },
    ]);
    expect(index.totals()[0]?.day).toBe(Date.parse('2026-01-26T00:00:00Z'));
    database.exec('UPDATE recording_segments SET file_size_bytes = 1 WHERE id = 1');
    database.exec(`UPDATE recording_segments SET start_time = start_time + ${DAY},
      end_time = end_time + ${DAY} WHERE id = 2`);
    database.exec('DELETE FROM recording_segments WHERE id >= 5');
    expect(index.totals()).toMatchObject([
      { stream: 0, segments: 3, bytes: 1 + 102 + 103 },
      { stream: 0, segments: 1, bytes: 101, day: Date.parse('2026-01-27T00:00:00Z') },
    ]);
    expect(index.dayTotals.wrong()).toEqual([]);
    expect(index.count()).toBe(4);
  });

  it('are left as they were by an insertion that fails', async () => {
    const index = await openIndex();
    index.insert(segmentAt(0));
    thrownBy(() => index.insert(segmentAt(0)));
    expect(index.totals()).toMatchObject([{ segments: 1, bytes: 1000 }]);
    expect(index.gaps()).toEqual([]);
  });

  it('can be added up anew', async () => {
    const index = await openIndex();
    index.insert(segmentAt(0));
    raw(index.storage).exec('UPDATE day_totals SET bytes = 5');
    expect(index.dayTotals.wrong()).toMatchObject([{ cameraId: 'door', stream: 0 }]);
    index.dayTotals.recount();
    expect(index.totals()).toMatchObject([{ segments: 1, bytes: 1000 }]);
  });
});

it('sequence numbers are never given again, though all rows are gone', async () => {
  const index = await openIndex();
  index.insert(segmentAt(41));
  raw(index.storage).exec('DELETE FROM recording_segments');
  expect(index.nextSequence('door')).toBe(42);
});

describe('runs, gaps and the timeline', () => {
  it('coalesce what follows without a hole, and explain each hole', async () => {
    const index = await openIndex();
    for (const i of [0, 1, 2]) {
      index.insert(segmentAt(i, { endReason: i === 2 ? 'disconnected' : 'cut' }));
    }
    for (const i of [10, 11]) index.insert(segmentAt(i));
    const seconds = (ms: number) => (ms - START) / 1000;
    const { runs, gaps } = index.timeline({ cameraId: 'door', from: START, to: START + DAY });
    expect(runs.map((run) => [seconds(run.from), seconds(run.to), run.segments])).toEqual([
      [0, 30, 3],
      [100, 120, 2],
    ]);
    expect(runs[0]).toMatchObject({ runId: START, frames: 750, bytes: 3000 });
    expect(gaps.map((gap) => [seconds(gap.from), seconds(gap.to), gap.reason])).toEqual([
      [30, 100, 'disconnected'],
    ]);
    expect(index.timeline({ cameraId: 'door', from: START + 15_000, to: START + 16_000 })).toEqual({
      runs: [
        {
          runId: START,
          from: START + 10_000,
          to: START + 20_000,
          segments: 1,
          frames: 250,
          bytes: 1000,
        },
      ],
      gaps: [],
    });
    expect(index.timeline({ cameraId: 'door', stream: 1, from: 0, to: START }).runs).toEqual([]);
  });

  it('show a hole where footage of a run was deleted', async () => {
    const index = await openIndex();
    for (const i of [0, 1, 2]) index.insert(segmentAt(i));
    const [, middle] = index.segments();
    index.garbage.take([middle?.id as number], 'space', START);
    const { runs } = index.timeline({ cameraId: 'door', from: START, to: START + DAY });
    expect(runs.map(({ from }) => from - START)).toEqual([0, 20_000]);
  });

  it.each([0, 1000, 30_000, 59_999, 60_000, 90_000, 3_600_000])(
    'become one where a view of %d ms would not tell them apart',
    async (resolutionMs) => {
      const index = await openIndex();
      // Holes of 20, 50, 80 and 600 s, one of them within a run.
      const starts = [0, 10, 40, 50, 110, 120, 210, 820, 830].map((s) => START + s * 1000);
      starts.forEach((startTime, i) => {
        index.insert(segmentAt(i, { startTime, endTime: startTime + 10_000, endReason: 'closed' }));
      });
      const query = { cameraId: 'door', from: START, to: START + DAY };
      const { runs, gaps } = index.timeline({ ...query, resolutionMs });
      const expected = [
        [0, 20],
        [40, 60],
        [110, 130],
        [210, 220],
        [820, 840],
      ].map(([from, to]) => ({
        from: START + (from as number) * 1000,
        to: START + (to as number) * 1000,
      }));
      for (let i = expected.length - 1; i > 0; i--) {
        const [before, run] = [expected[i - 1], expected[i]] as { from: number; to: number }[];
        if (before && run && run.from - before.to < resolutionMs) {
          before.to = run.to;
          expected.splice(i, 1);
        }
      }
      if (resolutionMs > 0) expect(runs.map(({ from, to }) => ({ from, to }))).toEqual(expected);
      expect(runs.reduce((sum, { segments }) => sum + segments, 0)).toBe(starts.length);
      expect(runs.reduce((sum, { frames }) => sum + frames, 0)).toBe(starts.length * 250);
      expect(runs.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(starts.length * 1000);
      expect(gaps.every(({ from, to }) => to - from >= resolutionMs)).toBe(true);
      const part = { ...query, from: START + 45_000, to: START + 55_000, resolutionMs };
      const [first] = index.timeline(part).runs;
      const whole = { from: START + 40_000, to: START + 60_000 };
      if (resolutionMs > 0) expect(first).toMatchObject(whole);
    },
  );

  it('do not explain twice what a writer has explained', async () => {
    const index = await openIndex();
    index.insert(segmentAt(0, { endReason: 'overflow' }));
    index.addGap({
      ...{ cameraId: 'door', stream: 0, frames: 70, reason: 'overflow' },
      ...{ from: START + 10_040, to: START + 40_000 },
    });
    index.insert(segmentAt(9));
    expect(
      index
        .gaps()
        .map(({ from, to, reason, frames }) => [from - START, to - START, reason, frames]),
    ).toEqual([
      [10_040, 40_000, 'overflow', 70],
      [40_000, 90_000, 'overflow', 0],
    ]);
  });

  it('lose a gap that footage found later fills', async () => {
    const index = await openIndex();
    index.insert(segmentAt(0, { endReason: 'interrupted' }));
    index.insert(segmentAt(3));
    expect(index.gaps()).toMatchObject([{ reason: 'interrupted' }]);
    index.insert(segmentAt(1));
    expect(index.gaps().map(({ from, to }) => [from - START, to - START])).toEqual([
      [20_000, 30_000],
    ]);
  });

  it('are wrong arguments where an interval is backwards', async () => {
    const index = await openIndex();
    const error = thrownBy(() => index.timeline({ cameraId: 'door', from: 5, to: 5 }));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.message).toContain('to');
    expect(thrownBy(() => index.gaps({ cameraId: '../x' })).code).toBe('ERR_INVALID_ARGUMENT');
  });
});

it('events come back with their data, by camera, type and time', async () => {
  const index = await openIndex();
  const added = index.addEvent({
    ...{ cameraId: 'door', type: 'motion', from: START, to: START + 5000 },
    ...{ score: 0.75, data: { zone: 'left' } },
  });
  index.addEvent({ cameraId: 'yard', type: 'line', from: START, to: START + 1 });
  expect(index.events({ cameraId: 'door' })).toEqual([added]);
  expect(added).toMatchObject({ score: 0.75, data: { zone: 'left' } });
  expect(index.events({ type: 'line' })).toMatchObject([
    { cameraId: 'yard', score: null, data: null },
  ]);
  expect(index.events({ from: START + 5000, to: START + DAY })).toEqual([]);
  const error = thrownBy(() =>
    index.addEvent({ cameraId: 'door', type: 'motion', from: 2, to: 1 }),
  );
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
});

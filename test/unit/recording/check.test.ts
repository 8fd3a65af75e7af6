import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CheckProblem,
  checkStorage,
  Recorder,
  RecordingIndex,
  type SegmentRecord,
  verifyRecordings,
} from '../../../src/index.js';
import { rejectionOf } from '../thrown.js';
import { copyOf, passphrase, type Recorded, record, remove } from './recorded.js';
import { openIndex, segmentAt } from './stored.js';

let recorded: Recorded;
beforeAll(async () => {
  recorded = await record(160);
});
afterAll(() => remove(recorded));

const brief = (problems: CheckProblem[]) =>
  problems.map(({ code, file, repaired }) => [code, file, repaired]);

async function change(storage: string, sql: string): Promise<void> {
  const index = await RecordingIndex.open({ storage });
  index.connection.run(sql);
  await index.close();
}

function at(i: number): SegmentRecord {
  return recorded.segments[i] as SegmentRecord;
}

describe('checking a storage', () => {
  it('finds nothing in one that is whole, at every depth', async () => {
    const storage = copyOf(recorded);
    for (const depth of ['names', 'sizes', 'contents'] as const) {
      const report = await checkStorage({ storage, depth, passphrase });
      const { length } = recorded.segments;
      expect(report).toEqual({ ok: true, segments: length, files: length, problems: [] });
    }
  });

  it('tells how far it is, and can be stopped', async () => {
    const storage = copyOf(recorded);
    const seen: string[] = [];
    const abort = new AbortController();
    await checkStorage({ storage, onProgress: ({ at: folder }) => seen.push(folder) });
    expect(seen[0]).toMatch(/^door\/\d{8}$/);
    abort.abort();
    const error = await rejectionOf(() => checkStorage({ storage, signal: abort.signal }));
    expect(error.code).toBe('ERR_ABORTED');
  });

  it('gives whole files without a row their rows again', async () => {
    const storage = copyOf(recorded);
    await change(storage, `DELETE FROM recording_segments WHERE id = ${at(1).id}`);
    expect(brief((await checkStorage({ storage })).problems)).toEqual([
      ['ERR_SEGMENT_UNKNOWN', at(1).filePath, false],
    ]);
    const report = await checkStorage({ storage, repair: true, passphrase });
    expect(report.ok).toBe(true);
    expect(brief(report.problems)).toEqual([['ERR_SEGMENT_UNKNOWN', at(1).filePath, true]]);
    expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true });
  });

  it('moves rows without a file to the gaps', async () => {
    const storage = copyOf(recorded);
    rmSync(join(storage, at(1).filePath));
    expect(brief((await checkStorage({ storage, depth: 'names' })).problems)).toEqual([
      ['ERR_SEGMENT_MISSING', at(1).filePath, false],
    ]);
    expect(await checkStorage({ storage, repair: true, passphrase })).toMatchObject({ ok: true });
    const index = await openIndex(storage);
    const { startTime: from, endTime: to, frames } = at(1);
    expect(index.gaps()).toMatchObject([
      { cameraId: 'door', stream: 0, from, to, frames, reason: 'lost' },
    ]);
    expect(index.count()).toBe(recorded.segments.length - 1);
    expect(await checkStorage({ storage })).toMatchObject({ ok: true, problems: [] });
  });

  it('finds a wrong size, and leaves judging it to a person', async () => {
    const storage = copyOf(recorded);
    truncateSync(join(storage, at(0).filePath), at(0).fileSize - 100);
    expect((await checkStorage({ storage, depth: 'names' })).ok).toBe(true);
    const report = await checkStorage({ storage, repair: true, passphrase });
    expect(report.ok).toBe(false);
    expect(brief(report.problems)).toEqual([['ERR_SEGMENT_SIZE', at(0).filePath, false]]);
    const index = await openIndex(storage);
    expect(index.byPath(at(0).filePath)?.fileSize).toBe(at(0).fileSize);
  });

  it('sets an unfinished version 1 file aside', async () => {
    const storage = copyOf(recorded);
    const partial = `${dirname(at(0).filePath)}/4.part`;
    writeFileSync(join(storage, partial), 'unfinished');
    const report = await checkStorage({ storage, repair: true, passphrase });
    expect(brief(report.problems)).toEqual([['ERR_SEGMENT_PARTIAL', partial, true]]);
    expect(readdirSync(join(storage, 'quarantine'))).toHaveLength(1);
  });

  it('finishes deletions', async () => {
    const storage = copyOf(recorded);
    const index = await RecordingIndex.open({ storage });
    index.garbage.take([at(0).id], 'maxAge', 0);
    await index.close();
    expect(brief((await checkStorage({ storage })).problems)).toEqual([
      ['ERR_GARBAGE', at(0).filePath, false],
    ]);
    expect(await checkStorage({ storage, repair: true, passphrase })).toMatchObject({ ok: true });
    expect(existsSync(join(storage, at(0).filePath))).toBe(false);
    expect(await checkStorage({ storage })).toMatchObject({ ok: true, problems: [] });
  });

  it('adds the totals of days up anew', async () => {
    const storage = copyOf(recorded);
    await change(storage, 'UPDATE day_totals SET bytes = bytes + 1');
    const wrong = await checkStorage({ storage });
    expect(brief(wrong.problems)).toEqual([['ERR_INDEX_TOTALS', 'index.db', false]]);
    expect(await checkStorage({ storage, repair: true, passphrase })).toMatchObject({ ok: true });
    expect(await checkStorage({ storage })).toMatchObject({ ok: true, problems: [] });
  });

  it('finds segments that overlap', async () => {
    const storage = copyOf(recorded);
    await change(
      storage,
      `UPDATE recording_segments SET end_time = end_time + 1000 WHERE id = ${at(0).id}`,
    );
    expect(brief((await checkStorage({ storage })).problems)).toEqual([
      ['ERR_SEGMENT_OVERLAP', at(1).filePath, false],
    ]);
  });

  it('finds altered bytes where it looks into the files', async () => {
    const storage = copyOf(recorded);
    const { readFileSync } = await import('node:fs');
    const path = join(storage, at(0).filePath);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(path, bytes);
    expect((await checkStorage({ storage })).ok).toBe(true);
    const report = await checkStorage({ storage, depth: 'contents', passphrase });
    expect(brief(report.problems)).toEqual([['ERR_AUTH_TAG', at(0).filePath, false]]);
  });

  it('builds an index that is gone anew from the footage', async () => {
    const storage = copyOf(recorded);
    for (const name of readdirSync(storage)) {
      if (name.startsWith('index.db')) rmSync(join(storage, name));
    }
    const report = await checkStorage({ storage, repair: true, passphrase });
    expect(report).toMatchObject({ ok: true, segments: recorded.segments.length });
    expect(report.problems[0]).toMatchObject({ code: 'ERR_STORAGE_MISSING', repaired: true });
    const recorder = await Recorder.open({ storage, passphrase });
    expect(recorder.recovery.problems).toEqual([]);
    await recorder.close();
  });

  it('works beside a recorder, but does not repair there', async () => {
    const storage = copyOf(recorded);
    const recorder = await Recorder.open({ storage, passphrase });
    try {
      expect(await checkStorage({ storage })).toMatchObject({ ok: true, problems: [] });
      const error = await rejectionOf(() => checkStorage({ storage, passphrase, repair: true }));
      expect(error.code).toBe('ERR_STORAGE_LOCKED');
    } finally {
      await recorder.close();
    }
  });
});

describe('a quick start', () => {
  it('after a clean end looks only into folders that changed since', async () => {
    const storage = copyOf(recorded);
    await (await Recorder.open({ storage, passphrase })).close();
    // Rows that nobody could have lost; the folder is as it was.
    await change(storage, `DELETE FROM recording_segments WHERE id = ${at(1).id}`);
    const quick = await Recorder.open({ storage, passphrase });
    expect(quick.recovery).toEqual({ recovered: [], quarantined: [], problems: [] });
    await quick.close();
    expect((await checkStorage({ storage })).problems).toHaveLength(1);
    // Somebody moved something there: now it is compared.
    const folder = join(storage, dirname(at(0).filePath));
    renameSync(join(storage, at(2).filePath), join(folder, '5'));
    const recorder = await Recorder.open({ storage, passphrase });
    expect(recorder.recovery.recovered.map(({ filePath }) => filePath)).toContain(at(1).filePath);
    expect(recorder.recovery.problems).toMatchObject([{ code: 'ERR_SEGMENT_MISSING' }]);
    await recorder.close();
  });

  it('looks into a folder that the index does not know, however old it is', async () => {
    const storage = copyOf(recorded);
    const recorder = await Recorder.open({ storage, passphrase });
    await recorder.close();
    const { utimesSync } = await import('node:fs');
    const folder = join(storage, 'door', '19700101');
    mkdirSync(folder);
    writeFileSync(join(folder, '5'), 'nothing');
    utimesSync(folder, 1, 1);
    const again = await Recorder.open({ storage, passphrase });
    expect(again.recovery.quarantined).toMatchObject([{ file: 'door/19700101/5' }]);
    await again.close();
  });

  it('looks into every folder where the mark lies in the future', async () => {
    const storage = copyOf(recorded);
    await change(storage, `UPDATE storage SET settled_at = ${Date.now() + 1e9}`);
    await change(storage, `DELETE FROM recording_segments WHERE id = ${at(1).id}`);
    const recorder = await Recorder.open({ storage, passphrase });
    expect(recorder.recovery.recovered).toMatchObject([{ filePath: at(1).filePath }]);
    await recorder.close();
  });
});

it('reports rows that lead out of the storage, and follows none', async () => {
  const storage = copyOf(recorded);
  const index = await RecordingIndex.open({ storage });
  index.insert(segmentAt(0, { cameraId: 'yard' }));
  index.connection.run(
    "UPDATE recording_segments SET file_path = '../../etc/passwd' WHERE camera_id = 'yard'",
  );
  await index.close();
  const report = await checkStorage({ storage });
  expect(brief(report.problems)).toEqual([['ERR_SEGMENT_MISSING', '../../etc/passwd', false]]);
});

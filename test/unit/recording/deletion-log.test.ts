// That deleted footage is in the audit log: in few entries, and never in retention's way.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FluxError } from '../../../src/errors.js';
import { AuditLog, auditLogPath, Recorder } from '../../../src/index.js';
import { type DeletionDetail, DeletionLog } from '../../../src/recording/deletion-log.js';
import { tamper } from '../audit/support.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { passphrase } from './recorded.js';
import { HOUR, segmentAt, store } from './stored.js';

const MINUTE = 60_000;

function deletionLog(announce?: (detail: DeletionDetail) => void) {
  const entries: DeletionDetail[] = [];
  const errors: FluxError[] = [];
  const clock = { now: 0 };
  const log = new DeletionLog(
    announce ?? ((detail) => entries.push(detail)),
    (error) => errors.push(error),
    () => clock.now,
  );
  const round = (cameraId: string, from: number) => {
    log.add({ cameraId, fileSize: 100, reason: 'maxAge', from, to: from + 10 });
    log.roundEnded();
  };
  return { log, entries, errors, clock, round };
}

it('sums up the rounds of ten minutes in one entry', () => {
  const { log, entries, clock, round } = deletionLog();
  log.roundEnded();
  round('door', 1000);
  for (let minute = 1; minute <= 10; minute++) {
    clock.now = minute * MINUTE;
    round(minute % 2 ? 'yard' : 'door', 1000 + minute);
  }
  round('door', 5000);
  log.flush();
  log.flush();
  expect(entries).toEqual([
    {
      ...{ segments: 1, bytes: 100, byReason: { maxAge: 1 }, from: 1000, to: 1010 },
      ...{ cameraCount: 1, cameras: { door: 1 } },
    },
    {
      ...{ segments: 10, bytes: 1000, byReason: { maxAge: 10 }, from: 1001, to: 1020 },
      ...{ cameraCount: 2, cameras: { yard: 5, door: 5 } },
    },
    {
      ...{ segments: 1, bytes: 100, byReason: { maxAge: 1 }, from: 5000, to: 5010 },
      ...{ cameraCount: 1, cameras: { door: 1 } },
    },
  ]);
});

it('names so many cameras as an entry has room for, and counts the others', () => {
  const { log, entries } = deletionLog();
  for (let i = 0; i < 200; i++) {
    log.add({ cameraId: `${i}`.padStart(64, 'c'), fileSize: 1, reason: 'space' });
  }
  log.flush();
  expect(entries[0]?.cameraCount).toBe(200);
  expect(Object.keys(entries[0]?.cameras ?? {})).toHaveLength(128);
  expect(JSON.stringify(entries[0]).length).toBeLessThan(16_384);
});

it('says once that the log refuses, and has everything in the entry that it takes again', () => {
  const taken: DeletionDetail[] = [];
  let broken = true;
  const { log, errors, clock, round } = deletionLog((detail) => {
    if (broken) throw new FluxError('ERR_AUDIT_ALTERED', 'altered');
    taken.push(detail);
  });
  for (let i = 0; i < 3; i++) {
    clock.now = i * 10 * MINUTE;
    round('door', i);
  }
  broken = false;
  log.flush();
  expect(errors.map(({ code }) => code)).toEqual(['ERR_AUDIT_ALTERED']);
  expect(taken).toMatchObject([{ segments: 3, from: 0, to: 12 }]);
});

async function recorderWithOldFootage() {
  const storage = join(temporaryDirectory(), 'storage');
  const recorder = await Recorder.open({
    ...{ storage, passphrase, retention: { maxAge: HOUR, minFreeBytes: 0 } },
  });
  onTestFinished(() => recorder.close());
  const errors: FluxError[] = [];
  recorder.on('error', (error) => errors.push(error));
  // The round of the start has nothing to do yet.
  await recorder.applyRetention();
  for (const i of [0, 1, 2]) store(recorder.index, segmentAt(i, { cameraId: 'yard' }));
  return { storage, recorder, errors };
}

it('has a round of a recorder in the log, signed', async () => {
  const { storage, recorder, errors } = await recorderWithOldFootage();
  const rows = recorder.index.segments();
  expect(rows).toHaveLength(3);
  expect(await recorder.applyRetention()).toMatchObject({ deleted: 3 });
  await recorder.close();
  const log = await AuditLog.open({ path: auditLogPath(storage), readOnly: true });
  onTestFinished(() => log.close());
  const entries = log.list({ action: 'footage.delete' });
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ outcome: 'ok' });
  expect(entries[0]?.detail).toEqual({
    ...{ segments: 3, bytes: rows.reduce((sum, { fileSize }) => sum + fileSize, 0) },
    ...{ byReason: { maxAge: 3 }, cameraCount: 1, cameras: { yard: 3 } },
    from: Math.min(...rows.map(({ startTime }) => startTime)),
    to: Math.max(...rows.map(({ endTime }) => endTime)),
  });
  expect(await log.verify()).toMatchObject({ ok: true });
  expect(errors).toEqual([]);
});

it('deletes all the same where the log was damaged, and says so', async () => {
  const { storage, recorder, errors } = await recorderWithOldFootage();
  tamper(auditLogPath(storage), (database) => database.exec('DELETE FROM entries'));
  expect(await recorder.applyRetention()).toMatchObject({ deleted: 3, failed: 0 });
  expect(recorder.index.count()).toBe(0);
  expect(errors.map(({ code }) => code)).toEqual(['ERR_AUDIT_ALTERED']);
});

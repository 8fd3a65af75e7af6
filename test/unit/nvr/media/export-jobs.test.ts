import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { archiveOf } from '../../../../examples/nvr/server/exports/archive.js';
import {
  ExportJobs,
  type ExportJobsOptions,
} from '../../../../examples/nvr/server/exports/export-jobs.js';
import type { StoredJob } from '../../../../examples/nvr/server/exports/job-files.js';
import { viewOf } from '../../../../examples/nvr/server/exports/job-view.js';
import { KeyManager, RecordingIndex, verifyExport } from '../../../../src/index.js';
import { countDecodedFrames } from '../../clip.js';
import { passphrase, type Recorded, record, remove } from '../../recording/recorded.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { rejectionOf } from '../../thrown.js';

let recorded: Recorded;
let keys: KeyManager;
let index: RecordingIndex;
const kim = { userId: 'u1', username: 'kim' };

beforeAll(async () => {
  recorded = await record(80);
  keys = await KeyManager.open({ directory: join(recorded.storage, 'keys'), passphrase });
  index = await RecordingIndex.open({ storage: recorded.storage, readOnly: true });
});
afterAll(async () => {
  await index.close();
  await keys.close();
  remove(recorded);
});

async function openJobs(
  directory = temporaryDirectory(),
  options: Partial<ExportJobsOptions> = {},
): Promise<ExportJobs> {
  const jobs = await ExportJobs.open({ index, keys, directory, ...options });
  onTestFinished(() => jobs.close());
  return jobs;
}

function request(changes: object = {}) {
  const start = recorded.segments[0]?.startTime as number;
  const end = recorded.segments.at(-1)?.endTime as number;
  return { cameras: ['door'], start, end, reason: 'case 7', ...changes };
}

const ended = (jobs: ExportJobs) => new Promise((resolve) => jobs.once('ended', resolve));

describe('ExportJobs', () => {
  it('makes a clip that plays, whose hash is the one that it tells', async () => {
    const jobs = await openJobs();
    const progress: number[] = [];
    jobs.on('changed', (id) => progress.push(jobs.get(id)?.progress ?? -1));
    const end = ended(jobs);
    const { id, state } = await jobs.create(request({ format: 'mkv' }), kim);
    expect(state).toMatch(/queued|running/);
    await end;
    const job = jobs.get(id);
    expect(job).toMatchObject({ state: 'done', progress: 1, username: 'kim' });
    expect(job?.files.map(({ name }) => name)).toEqual([
      'door.mkv',
      'manifest.json',
      'manifest.sig',
    ]);
    const file = await jobs.file(id, 'door.mkv');
    const frames = recorded.segments.reduce((sum, segment) => sum + segment.frames, 0);
    expect(countDecodedFrames(file?.path as string)).toBe(frames);
    const sha256 = createHash('sha256')
      .update(readFileSync(file?.path as string))
      .digest('hex');
    expect(sha256).toBe(job?.files[0]?.sha256);
    expect(file?.size).toBe(job?.files[0]?.bytes);
    const [held] = job?.footage ?? [];
    expect(held).toMatchObject({ cameraId: 'door', gaps: 0, leftOut: 0 });
    expect(held?.durationMs).toBeGreaterThan(0);
    expect(jobs.list()[0]).toMatchObject({ reason: 'case 7' });
    expect(progress.every((part, i) => part >= (progress[i - 1] ?? 0))).toBe(true);

    for (const name of ['../job.json', 'job.json', '', '__proto__', '/etc/passwd', 'door.mkv\0']) {
      expect(await jobs.file(id, name)).toBeUndefined();
    }
    expect(jobs.list('u1')).toHaveLength(1);
    expect(jobs.list('u2')).toEqual([]);
    expect(jobs.list()[0]).not.toHaveProperty('userId');
  });

  it('packs all files into one archive, in which the export can be verified', async () => {
    const jobs = await openJobs();
    const end = ended(jobs);
    const passphrase = 'a passphrase of an export';
    const { id } = await jobs.create(request({ format: 'sealed', passphrase }), kim);
    expect(jobs.archive(id)).toBeUndefined();
    await end;
    const { name, content } = jobs.archive(id) ?? {};
    expect(name).toMatch(/^export-[\dTZ-]+\.tar$/);
    const directory = temporaryDirectory();
    const file = join(directory, 'all.tar');
    writeFileSync(file, Buffer.concat(await (content as Readable).toArray()));
    execFileSync('tar', ['-xf', file, '-C', directory]);
    const verified = await verifyExport({
      directory: join(directory, (name as string).replace('.tar', '')),
    });
    expect(verified).toMatchObject({ ok: true, signed: true });
  });

  it('does not give half of an archive for the whole', async () => {
    const directory = temporaryDirectory();
    const gone = archiveOf(directory, 'gone').toArray();
    await expect(gone).rejects.toMatchObject({ code: 'ERR_IO' });
  });

  it('tells how long a running one takes, once that can be told', async () => {
    const running = { state: 'running', progress: 0.25, startedAt: 1000 } as StoredJob;
    expect(viewOf(running, 11_000)).toMatchObject({ progress: 0.25, remainingMs: 30_000 });
    expect(viewOf(running, 1100)).not.toHaveProperty('remainingMs');
    expect(viewOf({ ...running, state: 'done' }, 11_000)).not.toHaveProperty('remainingMs');
  });

  it('goes on listing what is done after a restart, until it expires', async () => {
    const directory = temporaryDirectory();
    const first = await openJobs(directory);
    const end = ended(first);
    const { id } = await first.create(request(), kim);
    await end;
    await first.close();

    const second = await openJobs(directory);
    expect(second.get(id)).toMatchObject({ state: 'done' });
    expect(await second.file(id, 'door.mp4')).toBeDefined();
    await second.expire(Date.now() + 25 * 3_600_000);
    expect(second.get(id)).toBeUndefined();
    expect(existsSync(join(directory, id))).toBe(false);
  });

  it('says of a job that a restart interrupted that it has to be started again', async () => {
    const directory = temporaryDirectory();
    const first = await openJobs(directory);
    const end = ended(first);
    const { id } = await first.create(request(), kim);
    await end;
    await first.close();
    const path = join(directory, id, 'job.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"done"', '"running"'));
    writeFileSync(join(directory, id, 'left-over'), '');

    const second = await openJobs(directory);
    const job = second.get(id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'ERR_ABORTED' } });
    expect(job?.error?.message).toContain('again');
    expect(existsSync(join(directory, id, 'left-over'))).toBe(false);
  });

  it('makes one at a time, and cancels what waits and what runs', async () => {
    const jobs = await openJobs();
    const both = [await jobs.create(request(), kim), await jobs.create(request(), kim)];
    expect(jobs.get(both[1]?.id as string)?.state).toBe('queued');
    await jobs.remove(both[1]?.id as string);
    await jobs.remove(both[0]?.id as string);
    const states = both.map(({ id }) => jobs.get(id)?.state);
    expect(states[1]).toBe('cancelled');
    expect(['cancelled', undefined]).toContain(states[0]);
    expect(await jobs.remove('nothing')).toBe(false);
  });

  it('tells why there is nothing to export', async () => {
    const jobs = await openJobs();
    const end = ended(jobs);
    const { id } = await jobs.create(request({ start: 1000, end: 2000 }), kim);
    await end;
    expect(jobs.get(id)).toMatchObject({ state: 'failed', error: { code: 'ERR_NO_FOOTAGE' } });
  });

  it('refuses what it has no room for, and more than a user may have', async () => {
    const full = await openJobs(temporaryDirectory(), { keepFreeBytes: Number.MAX_SAFE_INTEGER });
    const refused = await rejectionOf(() => full.create(request(), kim));
    expect(refused.code).toBe('ERR_STORAGE_FULL');
    const none = await openJobs(temporaryDirectory(), { maxPerUser: 0 });
    expect((await rejectionOf(() => none.create(request(), kim))).code).toBe('ERR_LIMIT');
    const sealed = await rejectionOf(() => none.create(request({ format: 'sealed' }), kim));
    expect(sealed.code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('writes down no passphrase', async () => {
    const directory = temporaryDirectory();
    const jobs = await openJobs(directory);
    const end = ended(jobs);
    const secret = 'a passphrase of an export';
    const { id } = await jobs.create(request({ format: 'sealed', passphrase: secret }), kim);
    await end;
    const job = jobs.get(id);
    expect(job?.state).toBe('done');
    const sealed = job?.files.find(({ name }) => name.startsWith('segments/'));
    expect(await jobs.file(id, sealed?.name as string)).toBeDefined();
    expect(readFileSync(join(directory, id, 'job.json'), 'utf8')).not.toContain(secret);
  });
});

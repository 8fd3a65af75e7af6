// Exports that users asked for: one is made at a time, its files stay for a day, and a restart tells the
// truth about what it interrupted.
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { stat, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { exportFootage, FluxError, type KeyManager, type RecordingIndex } from '@fluxvision/core';
import type { ExportJob, ExportRequest } from '../../protocol/index.js';
import { archiveOf } from './archive.js';
import { JobFiles, type StoredJob } from './job-files.js';
import { filesOf, footageOf, viewOf } from './job-view.js';

export interface ExportJobsOptions {
  index: RecordingIndex;
  keys: KeyManager;
  /** Where the exports lie until they are fetched. */
  directory: string;
  /** Default 24. */
  keepHours?: number;
  /** Waiting or running, of one user. Default 10. */
  maxPerUser?: number;
  /** Left on the disk, whatever is exported. Default 512 MiB. */
  keepFreeBytes?: number;
}

/** Who asks. */
export interface Exporter {
  userId: string;
  username: string;
}

interface ExportJobsEvents {
  /** The job's state or progress is another. */
  changed: [id: string];
  /** It is over: done, failed or cancelled. */
  ended: [job: ExportJob];
  error: [error: Error];
}

const PROGRESS_EVERY_MS = 500;
const EXPIRY_EVERY_MS = 60_000;
/** Manifest, signature, and what a container adds. */
const OVERHEAD = 1.05;

export class ExportJobs extends EventEmitter<ExportJobsEvents> {
  readonly #options: Required<ExportJobsOptions>;
  readonly #files: JobFiles;
  readonly #jobs = new Map<string, StoredJob>();
  /** Of `sealed`, while the job waits: never written down. */
  readonly #passphrases = new Map<string, string>();
  readonly #queue: string[] = [];
  #running: { id: string; abort: AbortController; done: Promise<void> } | undefined;
  #closed = false;
  readonly #expiry: NodeJS.Timeout;

  private constructor(options: Required<ExportJobsOptions>, files: JobFiles) {
    super();
    this.#options = options;
    this.#files = files;
    this.#expiry = setInterval(() => void this.expire(), EXPIRY_EVERY_MS);
    this.#expiry.unref();
  }

  static async open(options: ExportJobsOptions): Promise<ExportJobs> {
    const defaults = { keepHours: 24, maxPerUser: 10, keepFreeBytes: 512 << 20 };
    const files = new JobFiles(options.directory);
    const jobs = new ExportJobs({ ...defaults, ...options }, files);
    for (const job of await files.load()) {
      jobs.#jobs.set(job.id, job);
      if (job.state === 'queued' || job.state === 'running') await jobs.#interrupted(job);
    }
    await jobs.expire();
    return jobs;
  }

  /** `ERR_LIMIT` where the user has too many; `ERR_STORAGE_FULL` where the disk has no room for it. */
  async create(request: ExportRequest, by: Exporter): Promise<ExportJob> {
    const { cameras, start, end, format = 'mp4', stream = 'main', audio = true } = request;
    if (this.#closed) throw new FluxError('ERR_CLOSED', 'The server is stopping.');
    if (end <= start) {
      throw new FluxError('ERR_INVALID_ARGUMENT', 'end must be later than start.');
    }
    if ((format === 'sealed') !== (request.passphrase !== undefined)) {
      const message = 'passphrase must be there with format sealed, and only with it.';
      throw new FluxError('ERR_INVALID_ARGUMENT', message);
    }
    const open = this.list(by.userId).filter(({ state }) => /queued|running/.test(state));
    if (open.length >= this.#options.maxPerUser) {
      const message = `You have ${open.length} exports under way. Wait for one, or cancel one.`;
      throw new FluxError('ERR_LIMIT', message);
    }
    const sourceBytes = this.#sourceBytes(request);
    await this.#requireRoom(sourceBytes);
    const job: StoredJob = {
      ...{ id: randomUUID(), state: 'queued', cameras, start, end, format, stream, audio },
      ...{ userId: by.userId, username: by.username, sourceBytes },
      ...{ createdAt: Date.now(), progress: 0, files: [] },
      ...(request.reason !== undefined && { reason: request.reason }),
    };
    await this.#files.save(job);
    this.#jobs.set(job.id, job);
    if (request.passphrase) this.#passphrases.set(job.id, request.passphrase);
    this.#queue.push(job.id);
    this.#next();
    return viewOf(job);
  }

  /** A user's jobs, or all; the newest first. */
  list(userId?: string): ExportJob[] {
    return [...this.#jobs.values()]
      .filter((job) => userId === undefined || job.userId === userId)
      .reverse()
      .map((job) => viewOf(job));
  }

  get(id: string): StoredJob | undefined {
    return this.#jobs.get(id);
  }

  /** A file of a finished job, by its name in the job. */
  async file(id: string, name: string): Promise<{ path: string; size: number } | undefined> {
    const job = this.#jobs.get(id);
    const listed = job?.files.find((file) => file.name === name);
    if (!job?.folder || !listed) return undefined;
    // The name is one that the export gave; the path is made of it here alone.
    const path = join(this.#files.folderOf(id), job.folder, ...listed.name.split('/'));
    try {
      return { path, size: (await stat(path)).size };
    } catch {
      return undefined;
    }
  }

  /** All files of a finished job, as one tar in which they lie as its manifest says. */
  archive(id: string): { name: string; content: Readable } | undefined {
    const job = this.#jobs.get(id);
    if (job?.state !== 'done' || !job.folder) return undefined;
    return { name: `${job.folder}.tar`, content: archiveOf(this.#files.folderOf(id), job.folder) };
  }

  /** Ends a job that waits or runs; takes the files of one that is over. False where there is none. */
  async remove(id: string): Promise<boolean> {
    const job = this.#jobs.get(id);
    if (!job) return false;
    if (this.#running?.id === id) {
      this.#running.abort.abort();
      await this.#running.done;
    } else if (job.state === 'queued') {
      this.#queue.splice(this.#queue.indexOf(id), 1);
      await this.#end(job, { state: 'cancelled' });
    } else {
      await this.#forget(job);
    }
    return true;
  }

  /** Deletes what has expired. */
  async expire(now = Date.now()): Promise<void> {
    for (const job of [...this.#jobs.values()]) {
      if (job.expiresAt !== undefined && job.expiresAt <= now) await this.#forget(job);
    }
  }

  /** What runs is cancelled, and says so after the restart. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#expiry);
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  #next(): void {
    const id = this.#running || this.#closed ? undefined : this.#queue.shift();
    const job = id === undefined ? undefined : this.#jobs.get(id);
    if (!job) return;
    const abort = new AbortController();
    const done = this.#run(job, abort.signal).finally(() => {
      this.#running = undefined;
      this.#next();
    });
    this.#running = { id: job.id, abort, done };
  }

  async #run(job: StoredJob, signal: AbortSignal): Promise<void> {
    const packagePassphrase = this.#passphrases.get(job.id);
    const { index, keys } = this.#options;
    const { cameras, start: from, end: to, format, audio, reason = '' } = job;
    let toldAt = 0;
    try {
      await this.#change(job, { state: 'running', startedAt: Date.now() });
      const made = await exportFootage({
        ...{ index, keys, cameras, from, to, audio, reason, signal },
        format: format as 'mp4' | 'mkv' | 'sealed',
        stream: job.stream === 'main' ? 0 : 1,
        directory: this.#files.folderOf(job.id),
        ...(packagePassphrase !== undefined && { packagePassphrase }),
        onProgress: ({ done, total, label }) => {
          Object.assign(job, { progress: total > 0 ? done / total : 0, label });
          const now = performance.now();
          if (now - toldAt < PROGRESS_EVERY_MS) return;
          toldAt = now;
          this.emit('changed', job.id);
        },
      });
      const files = await filesOf(made);
      const [folder, footage] = [basename(made.directory), footageOf(made.manifest)];
      await this.#end(job, { state: 'done', progress: 1, folder, files, footage });
    } catch (error) {
      await this.#failed(job, error, signal.aborted).catch((failure) => this.#report(failure));
    }
  }

  async #failed(job: StoredJob, error: unknown, cancelled: boolean): Promise<void> {
    // The server stops: that is for the next start to say.
    if (cancelled && this.#closed) return;
    if (cancelled) return this.#end(job, { state: 'cancelled' });
    const { code = 'ERR_IO', message } = error as FluxError;
    await this.#end(job, { state: 'failed', error: { code, message } });
  }

  async #interrupted(job: StoredJob): Promise<void> {
    const message = 'The server was restarted while it was made. Start the export again.';
    await this.#files.remove(job.id);
    await this.#end(job, { state: 'failed', error: { code: 'ERR_ABORTED', message } });
  }

  async #end(job: StoredJob, change: Partial<StoredJob>): Promise<void> {
    this.#passphrases.delete(job.id);
    delete job.label;
    const expiresAt = Date.now() + this.#options.keepHours * 3_600_000;
    await this.#change(job, { ...change, expiresAt });
    this.emit('ended', viewOf(job));
  }

  async #change(job: StoredJob, change: Partial<StoredJob>): Promise<void> {
    Object.assign(job, change);
    await this.#files.save(job);
    this.emit('changed', job.id);
  }

  async #forget(job: StoredJob): Promise<void> {
    this.#jobs.delete(job.id);
    await this.#files.remove(job.id).catch((error) => this.#report(error));
    this.emit('changed', job.id);
  }

  #report(error: Error): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  /** Of the segments in the range, as the index has it. */
  #sourceBytes({ cameras, start, end, stream }: ExportRequest): number {
    const number = stream === 'sub' ? 1 : 0;
    return cameras.reduce((sum, cameraId) => {
      const { runs } = this.#options.index.timeline({
        ...{ cameraId, stream: number, from: start, to: end },
      });
      return sum + runs.reduce((of, run) => of + run.bytes, 0);
    }, 0);
  }

  async #requireRoom(sourceBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#options.directory);
    const free = bavail * bsize - this.#options.keepFreeBytes;
    const needed = Math.ceil(sourceBytes * OVERHEAD);
    if (needed <= free) return;
    throw new FluxError(
      'ERR_STORAGE_FULL',
      `The export needs about ${needed} bytes, and there is room for ${Math.max(0, free)}. Export less, or delete older exports.`,
    );
  }
}

// What an export job leaves on disk: a folder of its own with job.json, and what exportFootage() made.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportJob } from '../../protocol/index.js';

/** A job with what clients need not know. */
export interface StoredJob extends ExportJob {
  userId: string;
  stream: 'main' | 'sub';
  audio: boolean;
  /** UTC milliseconds. */
  startedAt?: number;
  /** Where the files are, below the job's folder. */
  folder?: string;
}

const JOB_FILE = 'job.json';

export class JobFiles {
  /** Absolute; made where it is missing. */
  constructor(readonly directory: string) {}

  folderOf(id: string): string {
    return join(this.directory, id);
  }

  /** All jobs of an earlier run. Folders that hold none are left-overs, and go. */
  async load(): Promise<StoredJob[]> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const jobs: StoredJob[] = [];
    for (const entry of await readdir(this.directory, { withFileTypes: true })) {
      if (!entry.isDirectory() || !/^[\da-f-]{36}$/.test(entry.name)) continue;
      const job = await this.#read(entry.name);
      if (job) jobs.push(job);
      else await this.remove(entry.name);
    }
    return jobs.sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Replaces the job's file in one step. */
  async save(job: StoredJob): Promise<void> {
    const folder = this.folderOf(job.id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = join(folder, `.${JOB_FILE}.${randomUUID()}`);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(job));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, JOB_FILE));
  }

  async remove(id: string): Promise<void> {
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  async #read(id: string): Promise<StoredJob | undefined> {
    try {
      const job = JSON.parse(await readFile(join(this.folderOf(id), JOB_FILE), 'utf8'));
      return job?.id === id && Array.isArray(job.files) ? job : undefined;
    } catch {
      return undefined;
    }
  }
}

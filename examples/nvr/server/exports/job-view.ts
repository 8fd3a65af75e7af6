// What clients are told of an export job: how far it is, its files, and what it holds of each camera.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportManifest, FootageExport } from '@fluxvision/core';
import type { ExportJob } from '../../protocol/index.js';
import type { StoredJob } from './job-files.js';

/** Sooner the speed is that of the beginning. */
const TELLS_AFTER_MS = 2000;
const TELLS_FROM = 0.02;
/** Shorter ones are the ends of segments, and what of the last second is not written yet. */
const GAP_MS = 1000;

/** What the user who asked for it may know. */
export function viewOf(job: StoredJob, now = Date.now()): ExportJob {
  const { userId: _, stream: __, audio: ___, folder: ____, startedAt, ...view } = job;
  const { state, progress } = view;
  const elapsed = now - (startedAt ?? now);
  if (state !== 'running' || elapsed < TELLS_AFTER_MS || progress < TELLS_FROM) return view;
  return { ...view, remainingMs: Math.round((elapsed / progress) * (1 - progress)) };
}

export async function filesOf({ directory, manifest, manifestSha256 }: FootageExport) {
  const files: ExportJob['files'] = manifest.files.map(({ path, size, sha256 }) => ({
    ...{ name: path, bytes: size, sha256 },
  }));
  const { size } = await stat(join(directory, 'manifest.json'));
  files.push({ name: 'manifest.json', bytes: size, sha256: manifestSha256 });
  if (manifest.signer) {
    files.push({ name: 'manifest.sig', bytes: (await stat(join(directory, 'manifest.sig'))).size });
  }
  return files;
}

/** Clips begin at the key frame before what was asked for, and sealed exports hold whole segments. */
export function footageOf({ asked, cameras }: ExportManifest): NonNullable<ExportJob['footage']> {
  return cameras.map(({ id, contained, gaps, leftOut }) => ({
    cameraId: id,
    durationMs: contained.reduce((sum, { from, to }) => {
      return sum + Math.max(0, Math.min(to, asked.to) - Math.max(from, asked.from));
    }, 0),
    ...{ gaps: gaps.filter(({ from, to }) => to - from >= GAP_MS).length },
    leftOut: leftOut.length,
  }));
}

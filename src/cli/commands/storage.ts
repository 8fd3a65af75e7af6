// fluxvision storage: how much there is of each camera, since when, and how much room is left.
import { statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { type DayTotal, RecordingIndex } from '../../index.js';
import { withJson, withStorage } from '../options.js';
import { formatBytes, formatDuration, printJson, printLine, printTable } from '../output.js';
import { formatTime } from '../time.js';

interface Options {
  storage: string;
  json?: boolean;
}

interface CameraUse {
  id: string;
  segments: number;
  bytes: number;
  frames: number;
  recordedMs: number;
  oldest: number | null;
  newest: number | null;
}

export function addStorage(program: Command): void {
  withJson(
    withStorage(
      program.command('storage').description('show what each camera takes, and how much is free'),
    ),
  ).action(async (options: Options) => {
    const index = await RecordingIndex.open({ storage: options.storage, readOnly: true });
    try {
      const totals = index.totals();
      const cameras = index.cameras().map(({ id, from, to, segments, bytes, frames }) => ({
        ...{ id, segments, bytes, frames },
        recordedMs: recordedMs(totals, id),
        ...{ oldest: from, newest: to },
      }));
      const { blocks, bavail, bsize } = await statfs(options.storage);
      const disk = { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
      if (options.json) printJson({ storage: index.storage, disk, cameras });
      else print(cameras, disk);
    } finally {
      await index.close();
    }
  });
}

function recordedMs(totals: readonly DayTotal[], id: string): number {
  const own = totals.filter(({ cameraId }) => cameraId === id);
  return own.reduce((sum, total) => sum + total.recordedMs, 0);
}

function print(cameras: CameraUse[], disk: { totalBytes: number; freeBytes: number }): void {
  if (cameras.length > 0) {
    printTable(
      ['CAMERA', 'SEGMENTS', 'SIZE', 'RECORDED', 'OLDEST', 'NEWEST'],
      cameras.map(({ id, segments, bytes, recordedMs: ms, oldest, newest }) => [
        ...[id, segments, formatBytes(bytes), formatDuration(ms)],
        oldest === null ? '' : formatTime(oldest),
        newest === null ? '' : formatTime(newest),
      ]),
      [1, 2, 3],
    );
  }
  const bytes = cameras.reduce((sum, camera) => sum + camera.bytes, 0);
  printLine(
    `${formatBytes(bytes)} recorded, ${formatBytes(disk.freeBytes)} of ${formatBytes(disk.totalBytes)} free.`,
  );
}

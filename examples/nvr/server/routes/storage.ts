// What the recordings take, and how long they are kept.
import { statfsSync } from 'node:fs';
import type { Static } from 'typebox';
import { StorageChange, StorageView } from '../../protocol/index.js';
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const admin = { access: { permission: 'admin' } } as const;
const DAY_MS = 24 * 3_600_000;

export async function storageRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/system/storage',
    { config: admin, schema: { response: answers(StorageView) } },
    async () => storageView(nvr),
  );

  app.put(
    '/api/system/storage',
    { config: admin, schema: { body: StorageChange, response: answers(StorageView) } },
    async (request) => {
      const { eventDays, ...retention } = request.body.retention;
      if (eventDays !== undefined) {
        const what = 'Events have no limit of their own here: footage with events is deleted last.';
        throw refusal('ERR_UNSUPPORTED', what);
      }
      nvr.audit(nameOf(request.caller), 'storage.retention', { detail: { ...retention } });
      nvr.setRetention(retention);
      return storageView(nvr);
    },
  );
}

function storageView(nvr: Nvr): Static<typeof StorageView> {
  const { storage } = nvr.config;
  const { bavail, blocks, bsize } = statfsSync(storage);
  const summaries = nvr.recorder.index.cameras();
  const recordedBytes = summaries.reduce((sum, { bytes }) => sum + bytes, 0);
  const starts = summaries.flatMap(({ from }) => (from === null ? [] : [from]));
  const oldest = starts.length > 0 ? Math.min(...starts) : undefined;
  const { maxDays, maxBytes, minFreeBytes } = nvr.retention;
  const freeBytes = bavail * bsize;
  const days = estimatedDays({ recordedBytes, freeBytes, oldest, maxBytes, maxDays });
  return {
    ...{ path: storage, totalBytes: blocks * bsize, freeBytes, recordedBytes },
    ...(oldest !== undefined && { oldest }),
    ...(days !== undefined && { estimatedDays: days }),
    retention: {
      ...(maxDays !== undefined && { maxDays }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(minFreeBytes !== undefined && { minFreeBytes }),
    },
    cameras: summaries.map(({ id, bytes, segments, from, to }) => ({
      ...{ cameraId: id, name: nvr.cameras.name(id), bytes, segments },
      ...(from !== null && { oldest: from }),
      ...(to !== null && { newest: to }),
    })),
  };
}

/** At the rate so far, until the disk or the limits say that the oldest goes. */
function estimatedDays(of: {
  recordedBytes: number;
  freeBytes: number;
  oldest: number | undefined;
  maxBytes: number | undefined;
  maxDays: number | undefined;
}): number | undefined {
  const { recordedBytes, freeBytes, oldest, maxBytes = Number.POSITIVE_INFINITY, maxDays } = of;
  if (oldest === undefined || recordedBytes === 0) return maxDays;
  const bytesPerDay = (recordedBytes / Math.max(60_000, Date.now() - oldest)) * DAY_MS;
  const room = Math.min(maxBytes, recordedBytes + freeBytes);
  const days = Math.min(room / bytesPerDay, maxDays ?? Number.POSITIVE_INFINITY);
  return Math.round(days * 100) / 100;
}

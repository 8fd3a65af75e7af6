import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { KeyManager, Recorder } from '../../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import { hasFrames, passphrase, simulate, until } from './recorded.js';

it('deletes a segment that somebody wants gone, says so in the audit log, and spares evidence', async () => {
  const simulator = await simulate();
  const storage = join(temporaryDirectory(), 'storage');
  const keys = await KeyManager.create({ directory: join(storage, 'keys'), passphrase });
  onTestFinished(() => keys.close());
  const recorder = await Recorder.open({ storage, keys, segmentDuration: 2 });
  onTestFinished(() => recorder.close());
  recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
  await until(() => hasFrames(recorder, 60) && recorder.index.count() > 0);

  const [segment] = recorder.index.segments({ limit: 1 });
  if (!segment) throw new Error('nothing was recorded');
  const { id, cameraId, startTime: from, endTime: to, filePath } = segment;
  const lock = keys.lockEvidence({ cameraId, from, to, reason: 'case 1' });
  expect(await rejectionOf(() => recorder.deleteSegment(id))).toMatchObject({
    code: 'ERR_EVIDENCE_LOCKED',
  });
  keys.unlockEvidence(lock.id, 'case closed');

  const deleted: string[] = [];
  recorder.on('deleted', ({ filePath: path, reason }) => deleted.push(`${path} ${reason}`));
  await recorder.deleteSegment(id, { by: 'kim' });
  expect(deleted).toEqual([`${filePath} request`]);
  expect(recorder.index.segment(id)).toBeUndefined();
  expect(existsSync(join(storage, filePath))).toBe(false);
  const entries = keys.audit.list({ action: 'footage.delete' });
  expect(entries.at(-1)?.detail).toMatchObject({ by: 'kim', byReason: { request: 1 }, from, to });
  expect(await rejectionOf(() => recorder.deleteSegment(id))).toMatchObject({
    code: 'ERR_NOT_FOUND',
  });
});

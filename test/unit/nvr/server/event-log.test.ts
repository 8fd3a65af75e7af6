// What the NVR writes down of its cameras while another program holds the index.
import { join } from 'node:path';
import { Recorder, type RecorderCameraChange, RecordingIndex } from '@fluxvision/core';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import type { NvrEvent } from '../../../../examples/nvr/protocol/index.js';
import { Bus } from '../../../../examples/nvr/server/events/bus.js';
import { EventLog } from '../../../../examples/nvr/server/events/event-log.js';
import { temporaryDirectory } from '../../temporary-directory.js';

it('tells that a camera is back, and keeps it for the index', async () => {
  const storage = temporaryDirectory();
  const recorder = await Recorder.open({ storage, passphrase: 'correct horse battery staple' });
  onTestFinished(() => recorder.close());
  const errors: string[] = [];
  recorder.on('error', ({ code }) => errors.push(code));
  const bus = new Bus();
  const told: NvrEvent[] = [];
  bus.on('event', (event) => told.push(event));
  const log = new EventLog(recorder, bus);
  const change = (state: 'waiting' | 'playing', at: number) =>
    recorder.emit('camera', {
      cameraId: 'door',
      stream: 'main',
      state,
      at,
    } as RecorderCameraChange);

  const other = new Database(join(storage, 'index.db'));
  onTestFinished(() => void other.close());
  other.exec('BEGIN EXCLUSIVE');
  change('waiting', 1000);
  change('playing', 5000);
  expect(told.map(({ event, start, end }) => ({ event, start, end }))).toEqual([
    { event: 'camera_offline', start: 1000, end: undefined },
    { event: 'camera_offline', start: 1000, end: 5000 },
  ]);
  expect(errors).toEqual(['ERR_INDEX']);

  other.exec('ROLLBACK');
  log.close();
  await recorder.close();
  const index = await RecordingIndex.open({ storage, readOnly: true });
  onTestFinished(() => index.close());
  expect(index.events()).toMatchObject([{ type: 'camera_offline', from: 1000, to: 5000 }]);
});

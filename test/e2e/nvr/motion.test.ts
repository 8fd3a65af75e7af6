// Motion of a camera on the wire becomes an event on the page and in the index, also after the camera
// was set up anew.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RtspSimulator } from '@fluxvision/core';
import { expect, it, onTestFinished } from 'vitest';
import { makeSquareClip } from '../../support/square-clip.js';
import { until } from './support/journey.js';
import { startNvr } from './support/nvr.js';

it('motion is an event, and still is after the camera was set up anew', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-motion-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  // There for two seconds of eight: motion begins and ends.
  const clip = makeSquareClip(directory, [3, 5]);
  const simulator = await RtspSimulator.start({ clip });
  onTestFinished(() => simulator.close());
  const nvr = await startNvr({
    cameras: [
      {
        ...{ id: 'yard', name: 'Yard', url: simulator.urls[0] ?? '' },
        motion: { enabled: true, sensitivity: 80, zones: [] },
      },
    ],
  });
  onTestFinished(() => nvr.close());
  const admin = await nvr.login('ADMIN');
  const motions = async (after: number) => {
    const { json } = await admin.send('GET', `/api/events?camera=yard&start=${after}`);
    return json.items.filter(({ event }: { event: string }) => event === 'motion').length > 0;
  };
  const begun = Date.now();
  await until(() => motions(begun - 5000), 'motion', 40_000);

  const change = { body: { audio: false } };
  expect((await admin.send('PUT', '/api/cameras/yard', change)).status).toBe(200);
  const changed = Date.now();
  await until(() => motions(changed + 500), 'motion after the change', 40_000);
  const { json } = await admin.send('GET', '/api/system/stats');
  expect(json.troubles).toEqual([]);
});

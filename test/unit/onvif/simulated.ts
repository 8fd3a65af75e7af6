// A simulated ONVIF camera over simulated RTSP, for the tests of a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { OnvifSimulator, type OnvifSimulatorOptions, RtspSimulator } from '../../../src/index.js';
import { makeClip } from '../clip.js';

export const USER = { username: 'operator', password: 'pässwörd & <more>' };

/** One RTSP simulator for the file; returns what starts ONVIF simulators over it, one a test. */
export function simulatedOnvif(cameras = 1) {
  let rtsp: RtspSimulator;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fluxvision-onvif-'));
    rtsp = await RtspSimulator.start({
      clip: makeClip(directory, { seconds: 2 }),
      subClip: makeClip(directory, { seconds: 2, size: '160x120', frameRate: 15 }),
      cameras,
    });
  });
  afterAll(async () => {
    await rtsp.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return async (options: Partial<OnvifSimulatorOptions> = {}): Promise<OnvifSimulator> => {
    const streams = rtsp.urls.map((main, i) => ({ main, sub: rtsp.subUrls[i] as string }));
    const simulator = await OnvifSimulator.start({ cameras: streams, ...options });
    onTestFinished(() => simulator.close());
    return simulator;
  };
}

/** The first address of a simulator. */
export function urlOf(simulator: OnvifSimulator, camera = 1): string {
  return simulator.urls[camera - 1] as string;
}

// A storage with footage whose pictures tell their number, recorded once for all tests of a file, in one
// or several stretches. Its cameras are gone when it is played.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recorder, type RecorderOptions, RtspSimulator, type SentFrame } from '@fluxvision/core';
import { makeCountedClip } from '../../../support/counted-clip.js';
import { until } from './journey.js';
import { PASSPHRASE } from './nvr.js';

export interface CountedFootage {
  storage: string;
  /** As a server is to know them: switched off. Those with B frames are the last ones. */
  cameras: { id: string; name: string; url: string; enabled: false }[];
  /** The stretches, UTC milliseconds: what all cameras of one have. */
  spans: { start: number; end: number }[];
  /** What camera `index` sent, in the order in which it sent it. */
  sent(index: number): SentFrame[];
  remove(): void;
}

const HOLE_MS = 2500;

export interface Stretch {
  seconds: number;
  /** Indexes of those that are recorded. Default: all. */
  of?: readonly number[];
}

/** One stretch after another, with a hole between them. */
export async function countedFootage(
  { plain, withBFrames }: { plain: number; withBFrames: number },
  stretches: readonly Stretch[],
): Promise<CountedFootage> {
  const directory = mkdtempSync(join(tmpdir(), 'fluxvision-footage-'));
  const storage = join(directory, 'storage');
  const size = { width: 320, height: 176, seconds: 10 };
  const clip = (name: string, bFrames: number) =>
    makeCountedClip({ ...size, bFrames, path: join(directory, name) });
  const plainCameras = await RtspSimulator.start({
    ...{ clip: clip('plain.mp4', 0), cameras: plain, sentLogCapacity: 1000 },
  });
  const bCameras = await RtspSimulator.start({
    ...{ clip: clip('b.mp4', 2), cameras: withBFrames, sentLogCapacity: 1000 },
  });
  const urls = [...plainCameras.urls, ...bCameras.urls];
  const ids = urls.map((_, i) => `cam${i + 1}`);
  const cameras = ids.map((id, i) => ({ id, url: urls[i] ?? '' }));
  const spans: CountedFootage['spans'] = [];
  for (const { seconds, of } of stretches) {
    if (spans.length > 0) await new Promise((resolve) => setTimeout(resolve, HOLE_MS));
    const recorded = of ? cameras.filter((_, i) => of.includes(i)) : cameras;
    spans.push(await record({ storage, cameras: recorded }, seconds * 1000));
  }
  const logs = urls.map((_, i) =>
    i < plain
      ? plainCameras.sentFrames(`/cam${i + 1}/main`)
      : bCameras.sentFrames(`/cam${i + 1 - plain}/main`),
  );
  await Promise.all([plainCameras.close(), bCameras.close()]);
  return {
    ...{ storage, spans },
    cameras: ids.map((id, i) => ({
      ...{ id, name: `Camera ${i + 1}`, url: 'rtsp://127.0.0.1:9/gone', enabled: false },
    })),
    sent: (index) => logs[index] ?? [],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What all cameras have in common of it. */
async function record(
  options: Pick<RecorderOptions, 'storage' | 'cameras'>,
  milliseconds: number,
): Promise<{ start: number; end: number }> {
  const recorder = await Recorder.open({
    ...{ ...options, passphrase: PASSPHRASE, segmentDuration: 2 },
  });
  const began = Date.now();
  const of = (cameraId: string) =>
    recorder.index.segments({ cameraId }).filter(({ startTime }) => startTime > began - 1000);
  const ids = (options.cameras ?? []).map(({ id }) => id);
  const long = () =>
    ids.every((id) => {
      const [first, last] = [of(id)[0], of(id).at(-1)];
      return first && last && last.endTime - first.startTime >= milliseconds;
    });
  await until(long, `${milliseconds} ms of each camera`);
  const start = Math.max(...ids.map((id) => of(id)[0]?.startTime ?? 0));
  const end = Math.min(...ids.map((id) => of(id).at(-1)?.endTime ?? 0));
  await recorder.close();
  return { start, end };
}

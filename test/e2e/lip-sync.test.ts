// A camera whose sound arrives later than its pictures (what that does where no report tells of it is in
// test/native/engine/sound_placement_test.cc): a flash and a beep at each full second are
// recorded, and looked and listened for in what was recorded.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportRecording, Recorder, type SegmentRecord } from '../../src/index.js';
import { folderOfThisFile, until } from './support/folder.js';
import { startGstCamera } from './support/gst-camera.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';
const DELAY_SECONDS = 0.3;
const MAX_SEGMENTS = 20;

function makeFlashesAndBeeps(): string {
  const path = join(folder, 'flash.mkv');
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i'],
    "color=black:s=320x240:r=25:d=90,drawbox=color=white:t=fill:enable='lt(mod(t,1),0.1)'",
    ...['-f', 'lavfi', '-i', "aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':s=8000:d=90"],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', '25', '-sc_threshold', '0', '-c:a', 'pcm_alaw', path],
  ]);
  return path;
}

/** Seconds from the first bright picture to the first loud sample, of each second in the file. */
function soundBehindPicture(path: string): number[] {
  const { stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-hide_banner', '-i', path, '-vf', 'blackdetect=d=0.1:pix_th=0.1'],
      ...['-af', 'silencedetect=n=-30dB:d=0.1', '-f', 'null', '-'],
    ],
    { encoding: 'utf8' },
  );
  const times = (name: string) =>
    [...stderr.matchAll(new RegExp(`${name}: ?([\\d.]+)`, 'g'))].map((match) => Number(match[1]));
  // The last one is the end of the file.
  const flashes = times('black_end').slice(0, -1);
  const beeps = times('silence_end');
  return flashes.flatMap((flash) => {
    const apart = beeps.map((beep) => beep - flash).filter((gap) => Math.abs(gap) < 0.5);
    return apart.length === 1 ? apart : [];
  });
}

it('Sound that arrives late is recorded with its pictures, by the sender reports', async () => {
  const server = await startGstCamera(
    ...['--clip', makeFlashesAndBeeps(), '--report-interval', '500'],
    ...['--sound-delay', String(DELAY_SECONDS * 1000)],
  );
  const storage = join(folder, 'storage');
  const recorder = await Recorder.open({
    storage,
    passphrase,
    segmentDuration: 2,
    cameras: [{ id: 'gate', url: server.url }],
  });
  const segments: SegmentRecord[] = [];
  recorder.on('segment', (segment) => segments.push(segment));
  const measure = async ({ startTime: from, endTime: to }: SegmentRecord) => {
    const out = join(folder, `${from}.mkv`);
    await exportRecording({ storage, passphrase, cameraId: 'gate', from, to, out });
    return soundBehindPicture(out);
  };

  // Two reports of each track have to agree; the next segment is right, and so are all after it.
  let right = 0;
  let measured: number[] = [];
  for (let i = 0; right < 2 && i < MAX_SEGMENTS; i++) {
    await until(() => segments.length > i);
    measured = await measure(segments[i] as SegmentRecord);
    const isRight = measured.length > 0 && measured.every((gap) => Math.abs(gap) <= 0.04);
    right = isRight ? right + 1 : 0;
  }
  const quirks = recorder.stats().cameras.gate?.camera.quirks ?? {};
  await recorder.close();
  await server.close();

  expect(right, `seconds apart at last: ${measured}`).toBe(2);
  // A server that is held up reports unsteadily; that is survived, and counted.
  expect(Object.keys(quirks)).not.toContain('sender-report-missing');
  expect(Object.keys(quirks)).not.toContain('sender-clocks-apart');
});

// A camera behind a network that loses packets: what is shown is right or says that it is not, the camera
// is asked for key frames, and the recording beside it notices nothing.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DecoderPool, OnvifSimulator, Recorder, verifyRecordings } from '../../src/index.js';
import { folderOfThisFile, until } from './support/folder.js';
import { startGstCamera } from './support/gst-camera.js';
import { startLossyRelay } from './support/lossy-relay.js';

const folder = folderOfThisFile();
const passphrase = 'correct horse battery staple';

/** For a minute of slow machines: it is played once. With eight packets a picture. */
function makeClipWithSound(): string {
  const clip = join(folder, 'clip.mkv');
  const pictures = 'testsrc2=size=320x180:rate=25,noise=alls=8:allf=t';
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', pictures, '-f', 'lavfi', '-i', 'sine=sample_rate=8000'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-b:v', '2M', '-g', '10', '-c:a', 'pcm_alaw', '-t', '60', clip],
  ]);
  return clip;
}

/** The MD5 of every picture of the clip, as ffmpeg decodes it. */
function picturesOf(clip: string): Set<string> {
  const args = ['-v', 'error', '-i', clip, '-an', '-pix_fmt', 'nv12', '-f', 'framemd5', '-'];
  const lines = execFileSync('ffmpeg', args, { encoding: 'utf8' }).trim().split('\n');
  return new Set(lines.filter((line) => !line.startsWith('#')).map((line) => line.slice(-32)));
}

it('2 % of loss over UDP is told of each frame, asked about once a loss, and over with a key frame', async () => {
  const clip = makeClipWithSound();
  const whole = picturesOf(clip);
  // The simulator has no UDP.
  const server = await startGstCamera('--clip', clip);
  onTestFinished(() => server.close());
  const onvif = await OnvifSimulator.start({ cameras: [{ main: server.url }] });
  onTestFinished(() => onvif.close());
  const relay = await startLossyRelay(server.port);
  onTestFinished(() => relay.close());
  relay.loseOneIn(Number.POSITIVE_INFINITY);

  const storage = join(folder, 'storage');
  const recorder = await Recorder.open({
    ...{ storage, passphrase, segmentDuration: 60 },
    cameras: [
      {
        ...{ id: 'gate', url: relay.url, transport: 'udp', audio: false },
        onvif: { url: onvif.urls[0] as string },
      },
    ],
  });
  onTestFinished(() => recorder.close());
  const pool = await DecoderPool.open();
  onTestFinished(() => pool.close());
  const [camera] = recorder.cameras;
  const decoder = pool.decoder(camera as NonNullable<typeof camera>, { stream: 'main' });
  let [clean, concealed, losses, wrong] = [0, 0, 0, 0];
  let wasConcealed = false;
  const reading = (async () => {
    for await (const frame of decoder.frames({ maxQueued: 100 })) {
      const pixels = Buffer.alloc(frame.allocationSize({ format: 'nv12' }));
      await frame.copyTo(pixels, { format: 'nv12' });
      if (frame.concealed) {
        concealed++;
        if (!wasConcealed) losses++;
      } else {
        clean++;
        if (!whole.has(createHash('md5').update(pixels).digest('hex'))) wrong++;
      }
      wasConcealed = frame.concealed;
      frame.close();
    }
  })();

  await until(() => clean >= 20);
  // A machine that is busy enough loses packets by itself.
  const isWhole = recorder.stats().cameras.gate?.camera.packetsLost === 0;
  if (isWhole) expect(concealed).toBe(0);
  // The decoder asked for its first one.
  const asked = onvif.state().synchronizationPoints.main as number;
  const askedBefore = decoder.stats().keyFrameRequests;
  relay.loseOneIn(50);
  await until(() => relay.dropped() >= 8 && losses >= 2);
  relay.loseOneIn(Number.POSITIVE_INFINITY);
  const before = clean;
  await until(() => clean >= before + 25);

  const stats = decoder.stats();
  const gate = recorder.stats().cameras.gate;
  expect(wrong, 'frames that are not the clip’s and do not say so').toBe(0);
  expect(wasConcealed).toBe(false);
  expect(concealed).toBeGreaterThan(0);
  expect(stats.framesConcealed).toBe(concealed);
  expect(stats.rebuilds).toBe(0);
  expect(gate?.camera.packetsLost).toBeGreaterThan(0);
  expect(gate?.camera.accessUnitsDropped).toBeGreaterThan(0);
  // One for a loss with all that follows from it, and at most one a second.
  expect(stats.keyFrameRequests).toBeGreaterThan(0);
  expect(stats.keyFrameRequests).toBeLessThanOrEqual(losses);
  const askedSince = stats.keyFrameRequests - askedBefore;
  await until(() => onvif.state().synchronizationPoints.main === asked + askedSince);

  expect(gate?.camera.failures).toBe(0);
  expect(gate?.writer.framesDropped).toBe(0);
  const written = gate?.writer.framesWritten ?? 0;
  await until(() => (recorder.stats().cameras.gate?.writer.framesWritten ?? 0) > written + 10);
  await decoder.close();
  await reading;
  await recorder.close();
  expect(recorder.stats().cameras.gate?.writer.framesDropped ?? 0).toBe(0);
  expect(await verifyRecordings({ storage, passphrase })).toMatchObject({ ok: true, checked: 1 });
});

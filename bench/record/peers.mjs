// What people record cameras with today: plain Matroska segments, without encryption, sync or index.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessMeter } from './process-meter.mjs';
import { stop } from './stop.mjs';

/** How each peer starts: the processes that record `urls` into `folder`. */
const peers = {
  ffmpeg: {
    name: 'ffmpeg -c copy, one process per camera',
    start: (urls, folder, segment) =>
      urls.map((url, i) => {
        const target = targetOf(folder, i);
        const input = ['-rtsp_transport', 'tcp', '-i', url];
        const output = ['-c', 'copy', '-f', 'segment', '-segment_time', `${segment}`];
        const format = ['-segment_format', 'matroska', join(target, '%05d.mkv')];
        return start('ffmpeg', ['-v', 'error', ...input, ...output, ...format]);
      }),
  },
  gstreamer: {
    name: 'GStreamer, one process, a branch per camera',
    start: (urls, folder, segment) => {
      const branches = urls.flatMap((url, i) => [
        ...['rtspsrc', `location=${url}`, 'protocols=tcp', 'latency=0', '!', 'rtph264depay', '!'],
        ...['h264parse', '!', 'splitmuxsink', 'muxer=matroskamux'],
        ...[`max-size-time=${segment * 1e9}`, `location=${join(targetOf(folder, i), '%05d.mkv')}`],
      ]);
      return [start('gst-launch-1.0', ['-q', '-e', ...branches])];
    },
  },
};

export const peerNames = Object.keys(peers);

/** What it costs the peer to record `urls`, as ProcessMeter tells it, and the peer's name. */
export async function measurePeer(peer, urls, folder, { segment, settle, seconds }) {
  mkdirSync(folder);
  const children = peers[peer].start(urls, folder, segment);
  await sleep(settle * 1000);
  const gone = children.filter(({ exitCode }) => exitCode !== null).length;
  const meter = new ProcessMeter(children.map(({ pid }) => pid));
  await sleep(seconds * 1000);
  const cost = meter.read();
  await Promise.all(children.map((child) => stop(child, 'SIGINT')));
  if (gone > 0)
    throw new Error(`${gone} of ${children.length} ${peer} processes ended by themselves`);
  return { ...cost, name: peers[peer].name };
}

function targetOf(folder, camera) {
  const target = join(folder, `cam${camera + 1}`);
  mkdirSync(target);
  return target;
}

function start(command, args) {
  return spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
}

// A clip made by ffmpeg, and its packets as a camera would send them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ENCODERS = {
  h264: ['-c:v', 'libx264', '-preset', 'fast', '-tune', 'zerolatency'],
  h265: [
    ...['-c:v', 'libx265', '-preset', 'superfast', '-tag:v', 'hvc1'],
    ...['-x265-params', 'log-level=none:bframes=0:open-gop=0:scenecut=0'],
  ],
};

/** Writes an MP4 of moving pictures with noise, at a camera's bit rate; returns its path. */
export function makeClip(folder, { codec, width, height, fps, seconds, bitrate }) {
  const path = join(folder, `${codec}-${width}.mp4`);
  const source = `testsrc2=size=${width}x${height}:rate=${fps},noise=alls=12:allf=t`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', source, '-t', String(seconds), ...ENCODERS[codec]],
    ...['-pix_fmt', 'yuv420p', '-g', String(2 * fps), '-b:v', bitrate, '-maxrate', bitrate],
    ...['-bufsize', bitrate, path],
  ]);
  return path;
}

/** The packets of an MP4, as Decoder.decode() takes them. */
export function framesOf(path, codec) {
  const file = readFileSync(path);
  const box = codec === 'h264' ? 'avcC' : 'hvcC';
  const at = file.indexOf(box, 0, 'latin1');
  const decoderConfiguration = file.subarray(at + 4, at - 4 + file.readUInt32BE(at - 4));
  const listed = execFileSync(
    'ffprobe',
    [
      ...['-v', 'error', '-select_streams', 'v', '-of', 'csv=p=0'],
      ...['-show_entries', 'packet=pts_time,size,pos,flags', path],
    ],
    { encoding: 'utf8' },
  );
  return listed
    .trim()
    .split('\n')
    .map((line) => {
      const [time, size, position, flags] = line.split(',');
      return {
        ...{ kind: 'video', codec: codec === 'h264' ? 'avc1.640028' : 'hvc1', arrival: 0 },
        data: file.subarray(Number(position), Number(position) + Number(size)),
        ...{ timestamp: Math.round(Number(time) * 1e6), keyFrame: flags.includes('K') },
        ...{ afterGap: false, width: 0, height: 0, decoderConfiguration },
      };
    });
}

// Which stream of cameras a client can be shown, and where a camera has no footage.
import type { RecordingIndex, SegmentRecord } from '@fluxvision/core';
import type { ClientCodec } from '../../protocol/index.js';

export type PlayedStream = 'main' | 'sub';

/** The codec, as clients name it; undefined for others. */
export function clientCodec(codec: string): ClientCodec | undefined {
  if (/^avc[13]/.test(codec)) return 'h264';
  return /^(hvc1|hev1)/.test(codec) ? 'h265' : undefined;
}

/** A stream whose next footage begins later than this is of no help. */
const SOON_MS = 10_000;

/**
 * Of each camera the stream that was asked for; `sub` where the client lacks the codec of its main stream
 * there, and a sub stream that it can show was recorded.
 */
export function streamsFor(
  index: RecordingIndex,
  cameras: readonly string[],
  wanted: PlayedStream,
  position: number,
  codecs: ReadonlySet<ClientCodec>,
): Map<string, PlayedStream> {
  const shows = ({ codec }: SegmentRecord) => {
    const known = clientCodec(codec);
    return codec === 'mjpeg' || (known !== undefined && codecs.has(known));
  };
  const streamOf = (cameraId: string): PlayedStream => {
    if (wanted === 'sub') return 'sub';
    const main = segmentNear(index, cameraId, 0, position);
    if (!main || shows(main)) return 'main';
    const sub = segmentNear(index, cameraId, 1, position);
    return sub && shows(sub) && sub.startTime - position < SOON_MS ? 'sub' : 'main';
  };
  return new Map(cameras.map((id) => [id, streamOf(id)]));
}

/** A hole in a camera's footage around a moment; undefined where it has some. */
export function holeAt(
  index: RecordingIndex,
  cameraId: string,
  stream: PlayedStream,
  position: number,
): { start: number; end: number; reason: string } | undefined {
  const place = { cameraId, stream: stream === 'main' ? 0 : 1, startTime: Math.floor(position) };
  const before = index.previousSegment(place);
  if (before && before.endTime > position) return undefined;
  const after = index.nextSegment(place);
  const start = before?.endTime ?? 0;
  // Behind the last there may be footage yet, as soon as its file is whole.
  const end = after?.startTime ?? Math.max(Date.now(), start + 1);
  if (end <= position) return undefined;
  const [gap] = index.gaps({
    cameraId,
    stream: place.stream,
    from: start,
    to: Math.max(end, start + 1),
  });
  return { start, end, reason: gap?.reason ?? (after ? 'unknown' : 'end') };
}

/** That holds the position, or else the next. */
function segmentNear(
  index: RecordingIndex,
  cameraId: string,
  stream: number,
  position: number,
): SegmentRecord | undefined {
  const place = { cameraId, stream, startTime: Math.floor(position) };
  const before = index.previousSegment(place);
  return before && before.endTime > position ? before : (index.nextSegment(place) ?? before);
}

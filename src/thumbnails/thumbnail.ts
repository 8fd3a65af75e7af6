// One picture of a recording, of a moment.
import { FluxError } from '../errors.js';
import { throwIfAborted } from '../events.js';
import type { Footage, PlaybackSegment } from '../playback/index.js';
import { MIN_GAP_MS, openSource, type RecordingIndex, whatThereIs } from '../recording/index.js';
import { checkThumbnail, type ThumbnailOptions } from './options.js';
import { footageOf, picturesOf, type Thumbnail } from './segment-pictures.js';

/**
 * The picture of a recording at `time`, as a JPEG: the key frame at or before it, so `time` of the result
 * says when it was taken. Everything was verified before; nothing is written to disk.
 *
 * Rejects with `ERR_NO_FOOTAGE`, which names the next footage; `ERR_DECODE` where the key frame and its
 * neighbours are damaged; `ERR_LIMIT` for a picture of more than 8192x5120 pixels; `ERR_AUTH_TAG` and
 * other codes of {@link SegmentReader.open} naming the segment; codes of {@link RecordingIndex.open} and
 * {@link KeyManager.open}; `ERR_BUSY`; `ERR_ABORTED`.
 *
 * @example
 * ```ts
 * const { data, time } = await thumbnail({ storage, passphrase, cameraId: 'door', time: at, width: 320 });
 * reply.type('image/jpeg').send(data);
 * ```
 */
export async function thumbnail(options: ThumbnailOptions): Promise<Thumbnail> {
  const checked = checkThumbnail(options);
  const { time, signal } = checked;
  throwIfAborted(signal, 'Making a thumbnail');
  const source = await openSource(checked);
  try {
    const footage = footageOf(source, checked);
    const segment = footage.at(time);
    // Between segments: shorter holes are the rounding of two clocks.
    if (!segment || segment.startTime - time >= MIN_GAP_MS) {
      throw noFootage(source.index, footage, time, segment);
    }
    const { pictures, error } = await picturesOf(footage, segment, [time], checked, signal);
    const [picture] = pictures;
    if (picture) return picture;
    throw error ?? noFootage(source.index, footage, time, undefined);
  } finally {
    await source.release();
  }
}

function noFootage(
  index: RecordingIndex,
  footage: Footage,
  time: number,
  next: PlaybackSegment | undefined,
): FluxError {
  const { cameraId } = footage.options;
  const before = footage.upTo(time);
  const iso = (at: number) => new Date(at).toISOString();
  const hints = [
    ...(before ? [`The last before it ends at ${iso(before.endTime)}.`] : []),
    ...(next ? [`The next begins at ${iso(next.startTime)}.`] : []),
  ];
  const hint = hints.length > 0 ? hints.join(' ') : whatThereIs(index, cameraId);
  return new FluxError(
    'ERR_NO_FOOTAGE',
    `There is no footage of camera '${cameraId}' at ${iso(time)}. ${hint}`,
  );
}

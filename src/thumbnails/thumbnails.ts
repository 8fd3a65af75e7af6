// Pictures of a stretch of a recording, for a bar to scrub along.
import type { FluxError } from '../errors.js';
import { abortError, throwIfAborted, warn } from '../events.js';
import type { Footage, PlaybackSegment } from '../playback/index.js';
import { MIN_GAP_MS, openSource } from '../recording/index.js';
import { type CheckedThumbnails, checkThumbnails, type ThumbnailsOptions } from './options.js';
import { footageOf, picturesOf, type SegmentPictures, type Thumbnail } from './segment-pictures.js';

/** Segments that are read at the same time. */
const READ_AHEAD = 4;
/** Pictures that wait in memory, per segment; one with more is read again for the rest. */
const MOST_OF_A_SEGMENT = 64;

const ACTION = 'Making thumbnails';

/**
 * The pictures of a recording in [from, to), as {@link thumbnail} makes them, in the order of time. Moments
 * without footage are skipped, and of two moments with the same key frame the picture comes once. Each
 * segment is read once, up to four at a time, and pictures are made ahead of the loop by no more than that.
 *
 * A segment that cannot be read is skipped, see {@link ThumbnailsOptions.onError}. Throws
 * `ERR_INVALID_ARGUMENT` at once; the loop throws codes of {@link RecordingIndex.open} and
 * {@link KeyManager.open}, and `ERR_ABORTED`.
 *
 * @example
 * ```ts
 * const source = { storage, keys, cameraId: 'door' };
 * for await (const { time, data } of thumbnails({ ...source, from, to, count: 20, width: 160 })) {
 *   show(time, data);
 * }
 * ```
 */
export function thumbnails(options: ThumbnailsOptions): AsyncGenerator<Thumbnail, void, void> {
  return make(checkThumbnails(options));
}

async function* make(options: CheckedThumbnails): AsyncGenerator<Thumbnail, void, void> {
  const { signal, onError = warn } = options;
  throwIfAborted(signal, ACTION);
  const source = await openSource(options);
  const left = new AbortController();
  const abort = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const ahead: Promise<SegmentPictures>[] = [];
  try {
    const footage = footageOf(source, options);
    const parts = partsOf(footage, options.times);
    const startNext = () => {
      const { value: part } = parts.next();
      if (!part) return;
      const pictures = picturesOf(footage, part.segment, part.times, options, abort);
      pictures.catch(() => {}); // it is awaited below, in its turn
      ahead.push(pictures);
    };
    for (let i = 0; i < READ_AHEAD; i++) startNext();
    let last = Number.NEGATIVE_INFINITY;
    for (let next = ahead.shift(); next; next = ahead.shift()) {
      const { pictures, error } = await next;
      startNext();
      for (const picture of pictures) {
        if (picture.time <= last) continue;
        last = picture.time;
        yield picture;
        if (signal?.aborted) throw abortError(ACTION, signal);
      }
      if (error) onError(error as FluxError);
    }
  } finally {
    left.abort();
    await Promise.allSettled(ahead);
    await source.release();
  }
}

/** The segments that have something of `times`, each with its own. */
function* partsOf(
  footage: Footage,
  times: readonly number[],
): Generator<{ segment: PlaybackSegment; times: number[] }, undefined, void> {
  let at = 0;
  const upTo = (end: number, most = Number.POSITIVE_INFINITY) => {
    const first = at;
    while (at < times.length && (times[at] as number) < end && at - first < most) at += 1;
    return times.slice(first, at);
  };
  while (at < times.length) {
    const segment = footage.at(times[at] as number);
    if (!segment) return;
    upTo(segment.startTime - MIN_GAP_MS); // nothing was recorded then
    const isBeingWritten = segment.id === undefined;
    const end = isBeingWritten ? Number.POSITIVE_INFINITY : segment.endTime;
    const own = upTo(end, MOST_OF_A_SEGMENT);
    if (own.length > 0) yield { segment, times: own };
  }
}

// Pictures of one segment for given moments, and what went wrong with it.
import type { FluxError } from '../errors.js';
import { Footage, type PlaybackSegment } from '../playback/index.js';
import type { OpenSource } from '../recording/index.js';
import { runThumbnailJob } from './jobs.js';
import type { CheckedSource } from './options.js';

/** A picture of a recording. */
export interface Thumbnail {
  cameraId: string;
  /** When it was taken: UTC milliseconds, with a fraction. */
  time: number;
  /** Pixels. */
  width: number;
  height: number;
  contentType: 'image/jpeg';
  data: Buffer;
}

/** What a segment has for the moments that were asked for. */
export interface SegmentPictures {
  pictures: Thumbnail[];
  /** Why there are no further ones. */
  error?: FluxError;
}

/**
 * What is being written has no end that is known: a moment so far behind its last frame is not its own
 * any more. Frames wait up to some seconds until they are sealed.
 */
const BEHIND_UNFINISHED_MS = 5000;

/** A frame is a moment, so little is read in one go where it is read at all. */
const BYTES_PER_READ = 1 << 20;

export function footageOf({ index, keys }: OpenSource, options: CheckedSource): Footage {
  return new Footage({
    index,
    keys,
    cameraId: options.cameraId,
    stream: options.stream === 'main' ? 0 : 1,
    audio: false,
    unfinished: options.unfinished,
    bytesPerRead: BYTES_PER_READ,
  });
}

/** Throws `ERR_ABORTED` only. */
export async function picturesOf(
  footage: Footage,
  segment: PlaybackSegment,
  times: readonly number[],
  options: CheckedSource,
  abort: AbortSignal | undefined,
): Promise<SegmentPictures> {
  const { width, height, enlarge, quality } = options;
  const problem = (error: unknown) => footage.problem(error, segment, 'gives no picture');
  try {
    const timesMicros = times.map((time) => Math.round(time * 1000));
    const made = await runThumbnailJob(
      { segment: footage.sealed(segment), timesMicros, width, height, enlarge, quality },
      abort,
    );
    const isBeingWritten = segment.id === undefined;
    const isOfIt = (wanted: number) =>
      !isBeingWritten || (times[wanted] as number) <= made.lastTime + BEHIND_UNFINISHED_MS;
    const pictures = made.pictures
      .filter(({ wanted }) => isOfIt(wanted))
      .map(({ wanted: _, ...picture }): Thumbnail => {
        return { cameraId: segment.cameraId, contentType: 'image/jpeg', ...picture };
      });
    // What is being written may lack its first picture yet.
    if (made.error === undefined || isNotYet(made.error, segment)) return { pictures };
    return { pictures, error: problem(made.error) };
  } catch (error) {
    if (abort?.aborted) throw error;
    return { pictures: [], error: problem(error) };
  }
}

function isNotYet({ code }: FluxError, { id }: PlaybackSegment): boolean {
  return id === undefined && code === 'ERR_CONTAINER';
}

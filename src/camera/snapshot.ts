// What a camera sees now, as a JPEG: its newest key frame, decoded on the engine's threads.
import {
  checkOptions,
  integer,
  oneOf,
  optional,
  type PictureOptions,
  pictureChecks,
  signal,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { abortError, throwIfAborted } from '../events.js';
import { type NativeCamera, type NativeSnapshotJob, native } from '../native/index.js';
// Only its type: the camera itself knows this file.
import type { Camera, CameraStateChange } from './camera.js';
import type { StreamName } from './options.js';

/** Options of {@link Camera.snapshot}. */
export interface SnapshotOptions extends PictureOptions {
  /** Which stream; the main stream where there is no sub stream. Default `main`. */
  stream?: StreamName;
  /**
   * A key frame that came so long ago, in milliseconds, is new enough: 0 to 86400000. Default 5000; 0
   * waits for the next one. See {@link Camera.requestKeyFrame}.
   */
  maxAgeMs?: number;
  /** For connecting, the key frame and the picture, in milliseconds. Default 10000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A picture of a camera. */
export interface Snapshot {
  cameraId: string;
  stream: StreamName;
  /** When it came: UTC milliseconds. */
  time: number;
  /** Pixels. */
  width: number;
  height: number;
  contentType: 'image/jpeg';
  data: Buffer;
}

/** {@link Camera.snapshot}, for a camera that was started. */
export async function takeSnapshot(
  camera: Camera,
  handle: NativeCamera,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const {
    timeoutMs,
    signal: abort,
    stream: wanted,
    ...request
  } = checkOptions('Camera.snapshot', options, {
    ...pictureChecks,
    stream: optional(oneOf('main', 'sub'), 'main' as const),
    maxAgeMs: optional(integer(0, 86_400_000, 'milliseconds'), 5000),
    timeoutMs: optional(integer(1, 0x7fffffff, 'milliseconds'), 10_000),
    signal: optional(signal),
  });
  throwIfAborted(abort, `A snapshot of camera '${camera.id}'`);
  const stream = camera.hasSubStream ? wanted : 'main';
  if (camera.streamState(stream) === 'waiting') throw notConnected(camera, stream);
  const job = new native.SnapshotJob(handle, { ...request, stream });
  const watch = watchJob(camera, stream, job, timeoutMs, abort);
  try {
    const picture = await job.run();
    return { cameraId: camera.id, stream, contentType: 'image/jpeg', ...picture };
  } catch (error) {
    throw watch.reason() ?? error;
  } finally {
    watch.end();
  }
}

/** Ends the job where nothing will come of it any more, and tells why. */
function watchJob(
  camera: Camera,
  stream: StreamName,
  job: NativeSnapshotJob,
  timeoutMs: number,
  abort: AbortSignal | undefined,
) {
  let reason: FluxError | undefined;
  const giveUp = (error: FluxError) => {
    reason ??= error;
    job.abort();
  };
  const onState = (change: CameraStateChange) => {
    if (change.stream !== stream) return;
    if (change.state === 'waiting') giveUp(notConnected(camera, stream));
    if (change.state === 'closed') {
      giveUp(new FluxError('ERR_CLOSED', `Camera '${camera.id}' was closed. Make a new Camera.`));
    }
  };
  const onAbort = () =>
    giveUp(abortError(`A snapshot of camera '${camera.id}'`, abort as AbortSignal));
  const timer = setTimeout(() => giveUp(tooLate(camera, stream, timeoutMs)), timeoutMs);
  camera.on('state', onState);
  abort?.addEventListener('abort', onAbort, { once: true });
  return {
    reason: () => reason,
    end: () => {
      clearTimeout(timer);
      camera.off('state', onState);
      abort?.removeEventListener('abort', onAbort);
    },
  };
}

function tooLate(camera: Camera, stream: StreamName, timeoutMs: number): FluxError {
  if (camera.streamState(stream) !== 'playing') return notConnected(camera, stream);
  return new FluxError(
    'ERR_TIMEOUT',
    `Camera '${camera.id}' sent no key frame within ${timeoutMs} ms. Raise timeoutMs, or lower the distance of key frames in the camera.`,
  );
}

function notConnected(camera: Camera, stream: StreamName): FluxError {
  const { lastError } = camera;
  const why = lastError ? `: ${lastError.message}` : '.';
  return new FluxError(
    'ERR_CONNECTION',
    `Camera '${camera.id}' is ${camera.streamState(stream)}, so there is no picture of it${why}`,
    { cause: lastError },
  );
}

// Makes the messages that viewers get of frames that JavaScript has: for played footage.
import {
  checkOptions,
  flag,
  instanceOf,
  integer,
  invalidArgument,
  optional,
} from '../arguments/index.js';
import type { EncodedFrame } from '../camera/index.js';
import { FluxError } from '../errors.js';
import { type NativeFragmentMuxer, native } from '../native/index.js';
import type { PlaybackFrame } from '../playback/index.js';
import { nextStreamNumber, STREAM_NUMBERS } from './stream-number.js';

/** Options of {@link FragmentMuxer}. */
export interface FragmentMuxerOptions {
  /** In the header of its messages; by default one that no other stream of the process has. */
  stream?: number;
  /** Only key frames will come, each of which lasts until the next: reverse and fast play. */
  keyFramesOnly?: boolean;
}

/** What the header of a picture says beside what its frame tells. */
export interface FragmentOptions {
  /** How many seeks there were, modulo 256. Default 0. */
  epoch?: number;
  /** To decode, not to show. Default: what the frame says. */
  preroll?: boolean;
}

const bytes = instanceOf(Uint8Array);

/**
 * Turns video frames of {@link Playback} or {@link Camera.frames} into the messages that
 * {@link StreamBroadcaster} sends (docs/live.md), one at a time and at once. One muxer for one camera.
 *
 * @example
 * ```ts
 * const muxer = new FragmentMuxer();
 * for await (const frame of playback) {
 *   if (frame.kind !== 'video') continue;
 *   const init = muxer.init(frame);
 *   if (init) socket.send(init);
 *   if (muxer.ready) socket.send(muxer.fragment(frame, { epoch }));
 * }
 * ```
 */
export class FragmentMuxer {
  /** In the header of its messages. */
  readonly stream: number;
  readonly #native: NativeFragmentMuxer;
  #ready = false;

  /** @throws FluxError `ERR_INVALID_ARGUMENT` naming the option. */
  constructor(options: FragmentMuxerOptions = {}) {
    const checked = checkOptions('FragmentMuxer', options, {
      stream: optional(STREAM_NUMBERS),
      keyFramesOnly: optional(flag, false),
    });
    this.stream = checked.stream ?? nextStreamNumber();
    const { keyFramesOnly } = checked;
    this.#native = new native.FragmentMuxer({ number: this.stream, keyFramesOnly });
  }

  /** Was there a key frame, so that {@link fragment} has something to go by? */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * The message that viewers have to get before `frame`; undefined where they have it already, and for
   * frames other than key frames.
   *
   * @throws FluxError `ERR_UNSUPPORTED` for what is no H.264, H.265 or MJPEG.
   */
  init(frame: EncodedFrame | PlaybackFrame): Buffer | undefined {
    requireVideo('FragmentMuxer.init', frame);
    if (!frame.keyFrame) return undefined;
    const { codec, decoderConfiguration, width, height } = frame;
    if (codec !== 'mjpeg' && decoderConfiguration === undefined) return undefined;
    const message = this.#native.init({ codec, decoderConfiguration, width, height });
    this.#ready = true;
    return message;
  }

  /**
   * The message of a picture.
   *
   * @throws FluxError `ERR_UNSUPPORTED` before the first {@link init}, and for a frame without bytes.
   */
  fragment(frame: EncodedFrame | PlaybackFrame, options: FragmentOptions = {}): Buffer {
    requireVideo('FragmentMuxer.fragment', frame);
    const checked = checkOptions('FragmentMuxer.fragment', options, {
      epoch: optional(integer(0, Number.MAX_SAFE_INTEGER), 0),
      preroll: optional(flag),
    });
    if (!this.#ready) {
      throw new FluxError(
        'ERR_UNSUPPORTED',
        'FragmentMuxer: a stream begins with a key frame: call init() with one first.',
      );
    }
    const time = 'time' in frame ? frame.time : frame.arrival;
    return this.#native.fragment({
      data: bytes('FragmentMuxer.fragment: frame.data', frame.data),
      timestamp: 'time' in frame ? Math.round(frame.time * 1000) : Math.round(frame.timestamp),
      time,
      keyFrame: frame.keyFrame,
      afterGap: frame.afterGap,
      preroll: checked.preroll ?? ('preroll' in frame && frame.preroll),
      epoch: checked.epoch % 256,
    });
  }
}

function requireVideo(where: string, frame: EncodedFrame | PlaybackFrame): void {
  if (frame?.kind !== 'video') throw invalidArgument(`${where}: frame`, 'a video frame', frame);
}

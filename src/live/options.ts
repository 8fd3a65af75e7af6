// What a broadcaster and its viewers are made with, and checks of it.
import {
  type Check,
  callback,
  checkOptions,
  decimal,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
} from '../arguments/index.js';
import type { Quality } from '../camera/index.js';
import { type ClientQuota, checkQuota } from '../sessions/index.js';

/** `PAUSED` < `THUMBNAIL` < `GRID_VIEW` < `FOCUSED` < `FULLSCREEN`. */
export type LiveQuality = Quality;

/** Codecs that a viewer may be able to show. */
export type LiveCodec = 'h264' | 'h265';

/** Options of {@link StreamBroadcaster}. */
export interface StreamBroadcasterOptions {
  /**
   * `never` (default): streams of a camera are sent as they are. `auto`: where none fits (codec, size,
   * frame rate), one is encoded, once for all who want the same.
   */
  transcode?: 'never' | 'auto';
  /** Of each stream, kept for who comes next: from the last key frame on. Default 16 MiB; 0: nothing. */
  maxCachedBytes?: number;
  /** How long a stream goes on without viewers. Default 5000 ms. */
  lingerMs?: number;
}

/** Options of {@link StreamBroadcaster.viewer}. */
export interface ViewerOptions {
  /**
   * Hands one message (docs/live.md) to the connection. The buffer is shared by all viewers: never
   * write to it.
   */
  send(message: Buffer): void;
  /** Bytes given to `send` that have not left yet: `ws.bufferedAmount`. */
  bufferedAmount(): number;
  /**
   * Pictures that would lift `bufferedAmount` beyond it are left out, up to a key frame. Default 1 MiB.
   */
  maxBufferedBytes?: number;
  /** Default h264 alone. Others are never sent; MJPEG always is, as JPEG. */
  codecs?: readonly LiveCodec[];
  quota?: Partial<ClientQuota>;
}

export interface SubscribeOptions {
  /** Default `GRID_VIEW`. */
  quality?: LiveQuality;
  /**
   * Pictures a second, at most; 0.1 to 240. A stream that is sent as it is can be thinned out to its
   * key frames only: where fewer are wanted than it has of these.
   */
  fps?: number;
}

/** Bytes of messages that wait for JavaScript to take them. */
export const MAX_QUEUED_BYTES = 8 << 20;

export const fps: Check<number> = decimal(0.1, 240, 'frames per second');

export function checkBroadcaster(options: StreamBroadcasterOptions) {
  return checkOptions('StreamBroadcaster', options, {
    transcode: optional(oneOf('never', 'auto'), 'never' as const),
    maxCachedBytes: optional(integer(0, 2 ** 40, 'bytes'), 16 << 20),
    lingerMs: optional(integer(0, 86_400_000, 'milliseconds'), 5000),
  });
}

const codec = oneOf('h264', 'h265');

export interface CheckedViewer {
  send: (message: Buffer) => void;
  bufferedAmount: () => number;
  maxBufferedBytes: number;
  codecs: ReadonlySet<LiveCodec>;
  quota: ClientQuota;
}

export function checkViewer(options: ViewerOptions): CheckedViewer {
  const where = 'StreamBroadcaster.viewer';
  const checked = checkOptions(where, options, {
    send: callback<Buffer>(),
    bufferedAmount: (name, value) => {
      if (typeof value !== 'function') throw invalidArgument(name, 'a function', value);
      return value as () => number;
    },
    maxBufferedBytes: optional(integer(1024, 2 ** 40, 'bytes'), 1 << 20),
    codecs: optional(list, ['h264']),
    quota: optional((_, value) => value as Partial<ClientQuota>, {}),
  });
  return {
    send: checked.send,
    bufferedAmount: checked.bufferedAmount,
    maxBufferedBytes: checked.maxBufferedBytes,
    codecs: new Set(checked.codecs.map((one) => codec(`${where}: codecs`, one))),
    quota: checkQuota(`${where}: quota`, checked.quota),
  };
}

// Simulated cameras: an RTSP server that plays clips in a real-time loop. For demos and tests.
import { resolve } from 'node:path';
import {
  checkOptions,
  integer,
  invalidArgument,
  oneOf,
  optional,
  path,
  secretText,
  text,
} from '../arguments/index.js';
import { type NativeSimulator, native } from '../native/index.js';

/** Options of {@link RtspSimulator.start}. */
export interface RtspSimulatorOptions {
  /** An H.264 or H.265 file (MP4, Matroska or raw), played by the main stream of each camera. */
  clip: string;
  /** Played by the sub streams; its codec may be the other one. Default: `clip`. */
  subClip?: string;
  /** Default 1. */
  cameras?: number;
  /** Default 0: the system chooses one, see {@link RtspSimulator.port}. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** `frame`: a frame's packets at once (default). `packet`: spread over the frame interval. */
  pacing?: 'frame' | 'packet';
  /** With them every request needs Digest authentication. */
  username?: string;
  password?: string;
  /** How many sent frames to remember per stream, see {@link RtspSimulator.sentFrames}. Default 0. */
  sentLogCapacity?: number;
}

/** Counters of one simulated stream. */
export interface SimulatedStreamStats {
  /** For example `/cam1/main`. */
  path: string;
  /** Playing now. */
  sessions: number;
  sessionsTotal: number;
  framesSent: number;
  /** A reader was too slow for them. */
  framesDropped: number;
  packetsSent: number;
  bytesSent: number;
  /** RTCP receiver reports that came back. */
  receiverReports: number;
}

/** A frame as it left the simulator. */
export interface SentFrame {
  /** UTC milliseconds. */
  sentAt: number;
  rtpTimestamp: number;
  /** Which frame of the clip, from 0. */
  clipIndex: number;
  keyFrame: boolean;
}

/**
 * Serves clips as cameras: `rtsp://host:port/cam1/main`, `/cam1/sub`, `/cam2/main` and so on.
 *
 * @example
 * ```ts
 * const simulator = await RtspSimulator.start({ clip: 'street.mp4', cameras: 4 });
 * console.log(simulator.urls);
 * ```
 */
export class RtspSimulator {
  readonly host: string;
  readonly port: number;
  readonly #cameras: number;
  readonly #native: NativeSimulator;
  #closing: Promise<void> | undefined;

  private constructor(host: string, cameras: number, simulator: NativeSimulator) {
    this.host = host;
    this.port = simulator.port;
    this.#cameras = cameras;
    this.#native = simulator;
  }

  /**
   * `ERR_ADDRESS_IN_USE`; `ERR_NOT_FOUND`; `ERR_CONTAINER` where a clip cannot be played, naming its
   * codec where that is the reason.
   */
  static async start(options: RtspSimulatorOptions): Promise<RtspSimulator> {
    const checked = checkOptions('RtspSimulator.start', options, {
      clip: path,
      subClip: optional(path),
      cameras: optional(integer(1, 1000), 1),
      port: optional(integer(0, 65_535), 0),
      host: optional(text(1, 255), '127.0.0.1'),
      pacing: optional(oneOf('frame', 'packet'), 'frame' as const),
      username: optional(text(0, 256), ''),
      password: optional(secretText, ''),
      sentLogCapacity: optional(integer(0, 10_000_000), 0),
    });
    if (checked.password !== '' && checked.username === '') {
      throw invalidArgument('RtspSimulator.start: username', 'given with password', '');
    }
    const clip = resolve(checked.clip);
    const simulator = await native.startSimulator({
      ...checked,
      clip,
      subClip: checked.subClip === undefined ? clip : resolve(checked.subClip),
    });
    return new RtspSimulator(checked.host, checked.cameras, simulator);
  }

  /** Addresses of the main streams, camera by camera. */
  get urls(): string[] {
    return this.#urls('main');
  }

  /** Addresses of the sub streams, camera by camera. */
  get subUrls(): string[] {
    return this.#urls('sub');
  }

  /** Counters per stream. */
  stats(): SimulatedStreamStats[] {
    return this.#native.stats();
  }

  /** The newest frames sent on a path such as `/cam1/main`, oldest first. */
  sentFrames(streamPath: string): SentFrame[] {
    text()('RtspSimulator.sentFrames: path', streamPath);
    return this.#native.sentFrames(streamPath);
  }

  /** Drops every connection, as cameras do that lose power; goes on listening. */
  disconnectAll(): void {
    this.#native.disconnectAll();
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#native.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #urls(stream: 'main' | 'sub'): string[] {
    const host = this.host === '0.0.0.0' ? '127.0.0.1' : this.host;
    return Array.from(
      { length: this.#cameras },
      (_, i) => `rtsp://${host}:${this.port}/cam${i + 1}/${stream}`,
    );
  }
}

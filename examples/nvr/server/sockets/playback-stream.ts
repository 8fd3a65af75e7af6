// One playback on its way to one client: frames become messages, no faster than they are taken, and
// every seek begins a new epoch.
import {
  type FluxError,
  FragmentMuxer,
  Playback,
  type PlaybackFrame,
  type PlaybackGap,
} from '@fluxvision/core';
import type { Static } from 'typebox';
import type { ClientCodec, PlaybackOpen, ServerMessage } from '../../protocol/index.js';
import type { Credit } from './credit.js';
import type { SocketHost } from './host.js';
import { clientCodec, holeAt, type PlayedStream, streamsFor } from './played-cameras.js';

/** The connection. */
export interface PlaybackSink {
  send(message: ServerMessage): void;
  sendBinary(message: Buffer): void;
  readonly bufferedAmount: number;
  /**
   * Why a picture must not be shown; undefined where it may. `leads`: to that of a moment that may be.
   */
  refusal(cameraId: string, time: number, leads?: boolean): FluxError | undefined;
  /** The client can be shown more with other streams, from this moment on: open anew. */
  reopen(position: number): void;
  /** Milliseconds until the session's quota allows for more. */
  readonly waitMs: number;
}

interface PlayedCamera {
  stream: PlayedStream;
  muxer: FragmentMuxer | undefined;
  /** Of the newest picture, UTC milliseconds. */
  time: number;
  /** The end of the hole that was told of. */
  toldHole: number | undefined;
  toldCodec: string | undefined;
  toldRefusal: string | undefined;
  /** Until the picture of the moment is there that was asked for and may be shown. */
  leads: boolean;
}

const QUALITIES = { main: 'FULLSCREEN', sub: 'GRID_VIEW' } as const;
const TICK_MS = 250;
/** A camera whose newest picture is this far from the position may have no footage there. */
const SILENT_MS = 1500;
const MAX_BUFFERED_BYTES = 1 << 20;
const DRAIN_POLL_MS = 20;
/** A quota may change meanwhile. */
const LONGEST_WAIT_MS = 250;

export class PlaybackStream {
  readonly #host: SocketHost;
  readonly #sink: PlaybackSink;
  readonly #playback: Playback;
  readonly #wanted: PlayedStream;
  readonly #codecs: ReadonlySet<ClientCodec>;
  readonly #cameras: Map<string, PlayedCamera>;
  readonly #credit: Credit;
  readonly #tick: NodeJS.Timeout;
  #epoch: number;
  #isPlaying: boolean;
  #stepsBack = false;
  #stopped = false;
  #running: Promise<void>;

  private constructor(
    host: SocketHost,
    sink: PlaybackSink,
    playback: Playback,
    open: Static<typeof PlaybackOpen>,
    settings: {
      streams: ReadonlyMap<string, PlayedStream>;
      codecs: ReadonlySet<ClientCodec>;
      epoch: number;
      credit: Credit;
    },
  ) {
    this.#host = host;
    this.#sink = sink;
    this.#playback = playback;
    this.#wanted = open.stream ?? 'main';
    this.#codecs = settings.codecs;
    this.#epoch = settings.epoch;
    this.#credit = settings.credit;
    const time = open.position;
    this.#cameras = new Map(
      [...settings.streams].map(([id, stream]) => [id, newCamera(stream, time)]),
    );
    for (const [id, camera] of this.#cameras) camera.leads = this.#leadsTo(id, time);
    this.#isPlaying = open.playing ?? false;
    playback.on('position', () => this.#tellPosition());
    playback.on('state', () => this.#tellPosition());
    playback.on('gap', (gap) => this.#tellGap(gap));
    playback.on('error', (error, segment) =>
      sink.send({
        ...{ type: 'error', code: error.code },
        // Its own words may name a file of the server.
        message: segment ? 'A part of the footage cannot be read.' : error.message,
        ...(segment && { cameraId: segment.cameraId }),
      }),
    );
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
    this.#tick.unref();
    sink.send({ type: 'sought', position: open.position, epoch: this.#epoch });
    this.#tellHoles(open.position);
    if (this.#isPlaying) playback.play();
    this.#running = this.#run();
  }

  /** `credit`, `epoch`: of the connection, over all its playbacks. */
  static async open(
    host: SocketHost,
    sink: PlaybackSink,
    open: Static<typeof PlaybackOpen>,
    { credit, epoch }: { credit: Credit; epoch: number },
  ): Promise<PlaybackStream> {
    const { index } = host.recorder;
    const codecs = new Set(open.codecs ?? (['h264'] as const));
    const { cameras, position, speed = 1, stream: wanted = 'main' } = open;
    const streams = streamsFor(index, cameras, wanted, position, codecs);
    const playback = await Playback.open({
      ...{ index, keys: host.keys, recorder: host.recorder, cameras, stream: streams, speed },
      ...{ from: position, audio: false, follow: true, unfinished: true, readAheadBytes: 4 << 20 },
    });
    return new PlaybackStream(host, sink, playback, open, { streams, codecs, epoch, credit });
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** As it plays at present: what to open with to go on alike. */
  get manner(): { speed: number; playing: boolean } {
    return { speed: this.#playback.speed, playing: this.#isPlaying };
  }

  /** Are the streams that are played the best for the client there? Else open anew. */
  suits(position: number): boolean {
    const { index } = this.#host.recorder;
    const ids = [...this.#cameras.keys()];
    const best = streamsFor(index, ids, this.#wanted, position, this.#codecs);
    return ids.every((id) => best.get(id) === this.#cameras.get(id)?.stream);
  }

  play(): void {
    this.#isPlaying = true;
    for (const camera of this.#cameras.values()) camera.toldRefusal = undefined;
    this.#playback.play();
    this.#credit.stop();
  }

  pause(): void {
    this.#isPlaying = false;
    this.#playback.pause();
  }

  seek(position: number): void {
    this.#playback.seek(position);
    this.#newEpoch(position);
    this.#tellHoles(position);
  }

  /** `ERR_INVALID_ARGUMENT`. */
  setSpeed(speed: number): void {
    const before = this.#playback.speed;
    this.#playback.setSpeed(speed);
    if (before > 0 !== speed > 0) this.#turned();
    this.#credit.stop();
    this.#tellPosition();
  }

  step(direction: 1 | -1): void {
    const turns = direction > 0 && this.#playback.speed < 0;
    this.#isPlaying = false;
    this.#playback.step(direction);
    if (turns) this.#turned();
    // Whether there is a key frame in front, its picture tells.
    if (direction < 0) {
      this.#stepsBack = true;
      for (const camera of this.#cameras.values()) camera.leads = false;
    }
    this.#credit.stop();
  }

  async close(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#tick);
    this.#credit.stop();
    await this.#playback.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped) {
        await this.#room();
        const frame = await this.#playback.nextFrame();
        if (this.#stopped) return;
        if (frame) this.#onFrame(frame);
        // At its end: until a seek, or footage that comes.
        else await new Promise((resolve) => setTimeout(resolve, TICK_MS).unref());
      }
    } catch (error) {
      if (this.#stopped) return;
      const { code = 'ERR_INTERNAL', message } = error as FluxError;
      this.#sink.send({ type: 'error', code, message });
    }
  }

  /** Until the player has taken enough of what was sent. */
  async #room(): Promise<void> {
    while (!this.#stopped) {
      if (!this.#credit.allows(this.#playback.speed)) await this.#credit.more();
      else if (this.#sink.bufferedAmount > MAX_BUFFERED_BYTES) {
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS).unref());
      } else if (this.#sink.waitMs > 0) {
        const ms = Math.min(this.#sink.waitMs, LONGEST_WAIT_MS);
        await new Promise((resolve) => setTimeout(resolve, ms).unref());
      } else return;
    }
  }

  #onFrame(frame: PlaybackFrame): void {
    const camera = this.#cameras.get(frame.cameraId);
    if (frame.kind !== 'video' || !camera) return;
    const refused = this.#sink.refusal(frame.cameraId, frame.time, camera.leads);
    if (!frame.preroll) camera.leads = false;
    if (refused) {
      this.#withhold(frame.cameraId, camera, refused);
      return;
    }
    if (this.#stepsBack) {
      this.#stepsBack = false;
      if (frame.afterGap) this.#newEpoch(frame.time);
    }
    camera.time = frame.time;
    camera.toldHole = undefined;
    if (!this.#canShow(frame, camera)) return;
    const muxer = this.#muxerOf(camera);
    const init = muxer.init(frame);
    if (init) this.#begin(frame, { stream: muxer.stream, init });
    if (!muxer.ready) return;
    const message = muxer.fragment(frame, { epoch: this.#epoch });
    this.#sink.sendBinary(message);
    this.#credit.sent({ bytes: message.length, time: frame.preroll ? undefined : frame.time });
  }

  /** Backwards every picture stands for itself. */
  #leadsTo(cameraId: string, position: number): boolean {
    return this.#playback.speed > 0 && !this.#sink.refusal(cameraId, position);
  }

  /** At an end of what may be seen it stops: a newer ticket, and `play`, go on from there. */
  #withhold(cameraId: string, camera: PlayedCamera, { code, message }: FluxError): void {
    this.#stepsBack = false;
    if (code === 'ERR_TICKET_RANGE' && this.#isPlaying) this.pause();
    if (camera.toldRefusal === code) return;
    camera.toldRefusal = code;
    this.#sink.send({ type: 'error', code, message, cameraId });
  }

  #canShow({ codec, cameraId, time }: PlaybackFrame, camera: PlayedCamera): boolean {
    const known = clientCodec(codec);
    if (codec === 'mjpeg' || (known && this.#codecs.has(known))) {
      camera.toldCodec = undefined;
      return true;
    }
    if (camera.toldCodec !== codec) {
      camera.toldCodec = codec;
      if (this.suits(time)) {
        const message = `Camera '${cameraId}' was recorded as ${codec}, which this client cannot show, and no sub stream was recorded there that it can. Use another browser, or export it.`;
        this.#sink.send({ type: 'stopped', cameraId, code: 'ERR_UNSUPPORTED_CODEC', message });
      } else {
        this.#sink.reopen(time);
      }
    }
    return false;
  }

  #muxerOf(camera: PlayedCamera): FragmentMuxer {
    camera.muxer ??= new FragmentMuxer({ keyFramesOnly: this.#playback.speed < 0 });
    return camera.muxer;
  }

  #begin(frame: PlaybackFrame, { stream, init }: { stream: number; init: Buffer }): void {
    const { cameraId, codec, width, height } = frame;
    const played = this.#cameras.get(cameraId)?.stream ?? this.#wanted;
    const [wanted, quality] = [QUALITIES[this.#wanted], QUALITIES[played]];
    this.#sink.send({
      ...{ type: 'stream', cameraId, stream, wanted, quality, codec, width, height },
      ...(played !== this.#wanted && { reason: 'unsupported_codec' }),
    });
    this.#sink.sendBinary(init);
  }

  /** What comes from now on does not go on from what came. */
  #newEpoch(position: number): void {
    this.#epoch += 1;
    this.#credit.seek();
    for (const [id, camera] of this.#cameras) {
      camera.leads = this.#leadsTo(id, position);
      camera.time = position;
      camera.toldHole = undefined;
      camera.toldRefusal = undefined;
      // Its decoding times go on from picture to picture, and these are no such.
      camera.muxer = undefined;
    }
    this.#sink.send({
      ...{ type: 'sought', position: Math.max(0, Math.round(position)), epoch: this.#epoch },
    });
  }

  #turned(): void {
    this.#newEpoch(this.#playback.position);
  }

  #onTick(): void {
    const { state, position } = this.#playback;
    if (state !== 'playing' && state !== 'buffering') return;
    this.#tellPosition();
    for (const [id, camera] of this.#cameras) {
      if (Math.abs(position - camera.time) >= SILENT_MS) this.#tellHole(id, camera, position);
    }
  }

  #tellPosition(): void {
    const { position, state, speed } = this.#playback;
    this.#sink.send({
      type: 'position',
      position: Math.max(0, Math.round(position)),
      state,
      speed,
    });
  }

  #tellHoles(position: number): void {
    for (const [id, camera] of this.#cameras) this.#tellHole(id, camera, position);
  }

  #tellHole(cameraId: string, camera: PlayedCamera, position: number): void {
    const hole = holeAt(this.#host.recorder.index, cameraId, camera.stream, position);
    if (!hole || camera.toldHole === hole.start) return;
    // What is being written has no row yet.
    if (hole.reason === 'end' && position > Date.now() - 60_000) return;
    camera.toldHole = hole.start;
    this.#sink.send({ type: 'gap', cameraId, ...hole, skipped: false });
  }

  #tellGap({ from, to, reason, skipped }: PlaybackGap): void {
    const [start, end] = [Math.max(0, Math.round(from)), Math.max(0, Math.round(to))];
    this.#sink.send({ type: 'gap', start, end, reason, skipped });
  }
}

function newCamera(stream: PlayedStream, time: number): PlayedCamera {
  const told = { toldHole: undefined, toldCodec: undefined, toldRefusal: undefined };
  return { stream, muxer: undefined, time, leads: false, ...told };
}

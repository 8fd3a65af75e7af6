// Plays recordings of one or several cameras on one clock. Frames are pulled: nothing is read beyond
// the read-ahead, however slowly they are taken.
import { EventEmitter } from 'node:events';
import { oneOf } from '../arguments/index.js';
import type { FluxError } from '../errors.js';
import { deliver, emitError } from '../events.js';
import { type OpenSource, openSource } from '../recording/index.js';
import { PositionClock } from './clock.js';
import type { PlaybackEvents, PlaybackState, PlaybackStats } from './events.js';
import { Footage } from './footage.js';
import type { PlaybackFrame, PlaybackSegment } from './frame.js';
import { fateOf } from './lateness.js';
import {
  type CheckedPlaybackOptions,
  checkPlaybackOptions,
  speed as checkSpeed,
  moment,
  type PlaybackOptions,
} from './options.js';
import { GAP_MS, type NextFrame, Players, reasonOf } from './players.js';

const POSITION_STEP_MS = 250;
const MAX_AUDIO_SPEED = 2;
/** Clocks with a fraction are not compared to the last digit. */
const EPSILON_MS = 0.5;

/**
 * Plays recordings: an async iterable of frames that come when their time has come. It begins paused,
 * with the frame at `from`. A loop that ends, ends at the footage's end or by `break`; another may
 * begin at any time and goes on. {@link close} when done.
 *
 * @example
 * ```ts
 * const playback = await Playback.open({ storage, passphrase, cameras: ['door'], from });
 * playback.play();
 * for await (const frame of playback) show(frame);
 * await playback.close();
 * ```
 */
export class Playback extends EventEmitter<PlaybackEvents> implements AsyncIterable<PlaybackFrame> {
  readonly #options: CheckedPlaybackOptions;
  readonly #source: OpenSource;
  readonly #players: Players;
  readonly #wakeOnSegment = () => this.#wake();
  #clock: PositionClock;
  #wanted: 'playing' | 'paused' = 'paused';
  #state: PlaybackState = 'paused';
  /** Where to go, before anything else. */
  #sought: { time: number } | undefined;
  #steps = 0;
  /** Nothing was delivered since the last seek. */
  #fresh = true;
  /** The frame that was delivered last. */
  #shown: number;
  /** The position is not beyond it: the frame that is waited for, or soon behind the last one. */
  #bound: number;
  #told = Number.NaN;
  #polled = Number.NEGATIVE_INFINITY;
  #sleeping: AbortController | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #framesDelivered = 0;
  #framesDropped = 0;
  #segmentsSkipped = 0;

  private constructor(options: CheckedPlaybackOptions, source: OpenSource) {
    super();
    this.#options = options;
    this.#source = source;
    const { readAheadBytes: bytes, readAheadMs: ms } = options;
    const footage = options.cameras.map(
      (cameraId) =>
        new Footage({
          index: source.index,
          keys: source.keys,
          cameraId,
          stream: options.stream(cameraId) === 'main' ? 0 : 1,
          audio: options.audio,
          unfinished: options.unfinished,
          bytesPerRead: Math.min(1 << 20, bytes / 2),
        }),
    );
    this.#players = new Players(footage, { bytes, ms }, (error, segment) =>
      this.#onProblem(error, segment),
    );
    this.#clock = new PositionClock(options.clock, options.from, options.speed);
    this.#sought = { time: options.from };
    this.#shown = options.from;
    this.#bound = options.from;
    options.recorder?.on('segment', this.#wakeOnSegment);
  }

  /**
   * `ERR_INVALID_ARGUMENT` naming the option; codes of {@link RecordingIndex.open} and
   * {@link KeyManager.open}. A camera without footage is no error: it has none.
   */
  static async open(options: PlaybackOptions): Promise<Playback> {
    const checked = checkPlaybackOptions(options);
    return new Playback(checked, await openSource(checked));
  }

  /** The moment that is played: UTC milliseconds. It waits where frames are late. */
  get position(): number {
    if (this.#sought) return this.#sought.time;
    // Where nobody takes the frames, the clock does not run away from them.
    const at = this.#clock.position;
    return this.speed > 0 ? Math.min(at, this.#bound) : Math.max(at, this.#bound);
  }

  get state(): PlaybackState {
    return this.#state;
  }

  get speed(): number {
    return this.#clock.speed;
  }

  stats(): PlaybackStats {
    return {
      framesDelivered: this.#framesDelivered,
      framesDropped: this.#framesDropped,
      segmentsSkipped: this.#segmentsSkipped,
      queuedBytes: this.#players.queuedBytes,
    };
  }

  /** Idempotent. */
  play(): void {
    this.#wanted = 'playing';
    this.#steps = 0;
    if (this.#state === 'paused') this.#setState('playing');
    this.#wake();
  }

  /** Idempotent. */
  pause(): void {
    this.#wanted = 'paused';
    this.#clock.stop();
    if (this.#state === 'playing') this.#setState('paused');
    this.#wake();
  }

  /**
   * Pauses, and goes on by one frame: +1, the next one of any camera. -1: back to the key frame in
   * front of the present frame, as by a {@link seek} to it. Frames are delivered as ever. +1 while
   * playing backwards sets the speed to 1.
   */
  step(direction: 1 | -1): void {
    oneOf(1, -1)('Playback.step: direction', direction);
    this.pause();
    if (direction > 0 && this.speed < 0) this.setSpeed(1);
    this.#steps += direction;
    this.#wake();
  }

  /**
   * Goes to the frame that is on the screen at `time` (UTC milliseconds). Decoding begins at the key
   * frame in front of it: what lies between comes at once, marked as `preroll`, also while paused.
   * Where there is no footage it is the next frame; backwards, the key frame in front.
   */
  seek(time: number): void {
    this.#sought = { time: moment('Playback.seek: time', time) };
    this.#steps = 0;
    this.#wake();
  }

  /**
   * 0.5 to 16, or backwards by key frames -1 to -16. From 4 on, where frames between key frames come
   * later than half a second, the rest of their GOP is left out.
   */
  setSpeed(speed: number): void {
    const next = checkSpeed('Playback.setSpeed: speed', speed);
    const turned = next > 0 !== this.speed > 0;
    const { position } = this;
    this.#clock = new PositionClock(this.#options.clock, position, next);
    if (turned) this.#sought ??= { time: this.#shown };
    this.#wake();
  }

  /** The next frame, when its time has come; undefined at the end, and when it is closed. */
  nextFrame(): Promise<PlaybackFrame | undefined> {
    const turn = this.#turn.then(() => this.#pull());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PlaybackFrame, void, void> {
    for (;;) {
      const frame = await this.nextFrame();
      if (!frame) return;
      yield frame;
    }
  }

  /** Ends the loops. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #release(): Promise<void> {
    this.#options.recorder?.off('segment', this.#wakeOnSegment);
    this.#wake();
    this.#players.stop();
    await this.#turn;
    await this.#players.close();
    await this.#source.release();
  }

  async #pull(): Promise<PlaybackFrame | undefined> {
    for (;;) {
      if (this.#closing) return undefined;
      if (this.#steps < 0) await this.#stepBack();
      if (this.#sought) this.#go(this.#sought.time);
      this.#poll();
      const next = await this.#players.next(this.#isFollowing);
      const isOvertaken = this.#sought !== undefined || this.#steps < 0;
      if (this.#closing || isOvertaken) continue;
      if (!next) {
        if (await this.#end()) return undefined;
        continue;
      }
      const frame = await this.#handOut(next);
      if (frame) return frame;
    }
  }

  /** Delivers it where its time has come, else waits, drops it, or jumps to it. */
  async #handOut(next: NextFrame): Promise<PlaybackFrame | undefined> {
    const { player, item } = next;
    const { frame } = item;
    if (item.immediate) return this.#deliver(next);
    const isPaused = this.#wanted === 'paused';
    if (isPaused && !this.#fresh && this.#steps === 0) {
      this.#setState('paused');
      await this.#sleep(Number.POSITIVE_INFINITY);
      return undefined;
    }
    if (frame.kind === 'audio' && (isPaused || this.speed > MAX_AUDIO_SPEED)) {
      player.take(item);
      return undefined;
    }
    this.#findGap(next);
    if (isPaused) {
      if (!this.#fresh) this.#steps -= 1;
      this.#clock.set(frame.time);
      return this.#deliver(next);
    }
    this.#setState('playing');
    this.#clock.run();
    const wait = this.#clock.until(item.due);
    if (wait > EPSILON_MS) {
      this.#bound = item.due;
      await this.#sleep(wait);
      return undefined;
    }
    const pace = { speed: this.speed, onSlow: this.#options.onSlow };
    const fate = fateOf(player, item, -wait, pace);
    if (fate === 'drop') {
      this.#framesDropped += 1;
      player.take(item);
      return undefined;
    }
    if (fate === 'hold') this.#clock.set(item.due);
    return this.#deliver(next);
  }

  #deliver({ player, item }: NextFrame): PlaybackFrame {
    const { frame } = item;
    player.take(item);
    this.#framesDelivered += 1;
    if (frame.kind === 'audio' || frame.preroll) return frame;
    this.#fresh = false;
    this.#shown = frame.time;
    this.#bound = frame.time + Math.sign(this.speed) * GAP_MS;
    if (!(Math.abs(frame.time - this.#told) < POSITION_STEP_MS) || this.#wanted === 'paused') {
      this.#told = frame.time;
      this.#tell(() => this.emit('position', frame.time));
    }
    return frame;
  }

  /** A hole in front of the frame, in which no camera has any. */
  #findGap(next: NextFrame): void {
    const hole = this.#players.holeBefore(next);
    if (!hole) return;
    const skipped = this.#options.gaps === 'skip';
    if (skipped) this.#clock.set(next.item.due);
    const gap = { ...hole, reason: reasonOf(this.#source.index, next.player, hole), skipped };
    this.#tell(() => this.emit('gap', gap));
  }

  get #isFollowing(): boolean {
    return this.#options.follow && this.speed > 0;
  }

  /** With `follow`: looks for footage behind the end of a camera. */
  #poll(): void {
    if (!this.#isFollowing) return;
    const now = this.#options.clock.now();
    if (now - this.#polled < this.#options.pollIntervalMs) return;
    if (!this.#players.someExhausted) return;
    this.#polled = now;
    this.#players.resume(this.position);
  }

  /** True where it is the end; else it has waited for what is recorded next. */
  async #end(): Promise<boolean> {
    this.#clock.stop();
    if (!this.#isFollowing) {
      this.#setState('ended');
      return true;
    }
    if (this.#players.areAtEnd) this.#setState('ended');
    else this.#setState(this.#wanted === 'paused' && !this.#fresh ? 'paused' : 'buffering');
    await this.#sleep(this.#options.pollIntervalMs);
    this.#polled = Number.NEGATIVE_INFINITY;
    return false;
  }

  #go(position: number): void {
    this.#sought = undefined;
    this.#fresh = true;
    this.#told = Number.NaN;
    this.#shown = position;
    this.#bound = position;
    this.#clock.stop();
    this.#clock.set(position);
    this.#players.start(position, this.speed > 0 ? 1 : -1);
    this.#setState('buffering');
  }

  /** Finds the key frame in front of the present frame, of all cameras. */
  async #stepBack(): Promise<void> {
    this.#steps += 1;
    const sought = this.#sought;
    const time = await this.#players.keyFrameBefore((sought?.time ?? this.#shown) - EPSILON_MS);
    // A seek that came in between has the last word.
    if (time !== undefined && this.#sought === sought) this.#sought = { time };
  }

  #onProblem(error: FluxError, segment: PlaybackSegment): void {
    if (this.#closing) return;
    this.#segmentsSkipped += 1;
    this.#tell(() => {
      if (this.listenerCount('error') > 0) this.emit('error', error, segment);
      else emitError(this, error);
    });
  }

  #setState(state: PlaybackState): void {
    if (this.#state === state || this.#closing) return;
    this.#state = state;
    this.#tell(() => this.emit('state', state));
  }

  /** What a listener throws is its own, and ends no playback. */
  #tell(event: () => void): void {
    if (!this.#closing) deliver([event], (tell) => tell());
  }

  async #sleep(ms: number): Promise<void> {
    const controller = new AbortController();
    this.#sleeping = controller;
    const { signal } = controller;
    if (Number.isFinite(ms)) {
      await this.#options.clock.wait(ms, signal);
    } else {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #wake(): void {
    this.#polled = Number.NEGATIVE_INFINITY;
    this.#sleeping?.abort();
    this.#sleeping = undefined;
  }
}

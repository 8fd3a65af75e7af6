// Plays recordings of one or several cameras on one clock. Frames are pulled: nothing is read beyond
// the read-ahead, however slowly they are taken.
import { EventEmitter } from 'node:events';
import { oneOf } from '../arguments/index.js';
import type { FluxError } from '../errors.js';
import { deliver, emitError } from '../events.js';
import { type OpenKeys, openStorageKeys, RecordingIndex } from '../recording/index.js';
import { PositionClock } from './clock.js';
import { Footage } from './footage.js';
import type { PlaybackFrame, PlaybackSegment, WaitingFrame } from './frame.js';
import {
  type CheckedPlaybackOptions,
  checkPlaybackOptions,
  speed as checkSpeed,
  moment,
  type PlaybackOptions,
} from './options.js';
import { Player } from './player.js';

/** `buffering`: it waits for footage. `ended`: there is none further on. */
export type PlaybackState = 'playing' | 'paused' | 'buffering' | 'ended';

/** A hole in which no camera of the playback has footage. */
export interface PlaybackGap {
  /** UTC milliseconds, half open. */
  from: number;
  to: number;
  /**
   * Of the camera that goes on first, as {@link RecordedGap.reason}; `unreadable` where segments were
   * skipped, `deleted` where there was footage once.
   */
  reason: string;
  /** It was jumped over. */
  skipped: boolean;
}

/** Events of {@link Playback}, with their arguments. */
export interface PlaybackEvents {
  /** UTC milliseconds; at least every 250 ms of footage while frames come. */
  position: [position: number];
  state: [state: PlaybackState];
  gap: [gap: PlaybackGap];
  /**
   * A segment is skipped: `ERR_NOT_FOUND` (deleted meanwhile), `ERR_AUTH_TAG` (altered),
   * `ERR_KEY_DESTROYED` and other codes of {@link SegmentReader.open}. Playback goes on with the
   * next. Without a listener: a process warning.
   */
  error: [error: FluxError, segment?: PlaybackSegment];
}

/** Counters of a {@link Playback}. */
export interface PlaybackStats {
  framesDelivered: number;
  /** They were late, see {@link PlaybackOptions.onSlow}. */
  framesDropped: number;
  segmentsSkipped: number;
  /** Read ahead and not taken yet, of all cameras. */
  queuedBytes: number;
}

/** Shorter holes are waited for: jumping over them would look like a fault of the picture. */
const GAP_MS = 2000;
/** Timers and readers are this late all the time. */
const LATE_MS = 500;
/** From this speed on frames between key frames are left out rather than playback slowed down. */
const KEY_FRAME_SPEED = 4;
/** Where dropping does not catch up, one is shown all the same. */
const MOST_KEY_FRAMES_DROPPED = 64;
const POSITION_STEP_MS = 250;
const MAX_AUDIO_SPEED = 2;
/** Clocks with a fraction are not compared to the last digit. */
const EPSILON_MS = 0.5;
/** Footage that is younger may still be on its way into the index. */
const LIVE_DELAY_MS = 30_000;

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
  readonly #index: RecordingIndex;
  readonly #keys: OpenKeys;
  readonly #footage: Footage[];
  readonly #wakeOnSegment = () => this.#wake();
  #players: Player[] = [];
  #clock: PositionClock;
  #wanted: 'playing' | 'paused' = 'paused';
  #state: PlaybackState = 'paused';
  /** Where to go, before anything else. */
  #sought: number | undefined;
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
  #retiring = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  #framesDelivered = 0;
  #framesDropped = 0;
  #segmentsSkipped = 0;

  private constructor(options: CheckedPlaybackOptions, index: RecordingIndex, keys: OpenKeys) {
    super();
    this.#options = options;
    this.#index = index;
    this.#keys = keys;
    this.#footage = options.cameras.map(
      (cameraId) =>
        new Footage({
          index,
          keys: keys.keys,
          cameraId,
          stream: options.stream === 'main' ? 0 : 1,
          audio: options.audio,
          unfinished: options.unfinished,
          bytesPerRead: Math.min(1 << 20, options.readAheadBytes / 2),
        }),
    );
    this.#clock = new PositionClock(options.clock, options.from, options.speed);
    this.#sought = options.from;
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
    const index =
      checked.index ??
      (await RecordingIndex.open({ storage: checked.storage as string, readOnly: true }));
    try {
      const keys = await openStorageKeys(index.storage, checked.source, 'open');
      return new Playback(checked, index, keys);
    } catch (error) {
      if (!checked.index) await index.close();
      throw error;
    }
  }

  /** The moment that is played: UTC milliseconds. It waits where frames are late. */
  get position(): number {
    if (this.#sought !== undefined) return this.#sought;
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
      queuedBytes: this.#players.reduce((sum, { queuedBytes }) => sum + queuedBytes, 0),
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
    this.#sought = moment('Playback.seek: time', time);
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
    if (turned) this.#sought ??= this.#shown;
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
    this.#retire();
    await this.#turn;
    await Promise.all(this.#retiring);
    await this.#keys.release();
    if (!this.#options.index) await this.#index.close();
  }

  async #pull(): Promise<PlaybackFrame | undefined> {
    for (;;) {
      if (this.#closing) return undefined;
      if (this.#steps < 0) await this.#stepBack();
      if (this.#sought !== undefined) this.#go(this.#sought);
      this.#poll();
      const players = this.#players;
      const next = await this.#next(players);
      const overtaken = players !== this.#players || this.#sought !== undefined || this.#steps < 0;
      if (this.#closing || overtaken) continue;
      if (!next) {
        if (await this.#end()) return undefined;
        continue;
      }
      const frame = await this.#handOut(next.player, next.item);
      if (frame) return frame;
    }
  }

  /** Delivers it where its time has come, else waits, drops it, or jumps to it. */
  async #handOut(player: Player, item: WaitingFrame): Promise<PlaybackFrame | undefined> {
    const { frame } = item;
    if (item.immediate) return this.#deliver(player, item);
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
    this.#findGap(player, item);
    if (isPaused) {
      if (!this.#fresh) this.#steps -= 1;
      this.#clock.set(frame.time);
      return this.#deliver(player, item);
    }
    this.#setState('playing');
    this.#clock.run();
    const wait = this.#clock.until(item.due);
    if (wait > EPSILON_MS) {
      this.#bound = item.due;
      await this.#sleep(wait);
      return undefined;
    }
    if (this.#isDropped(player, item, -wait)) {
      this.#framesDropped += 1;
      player.take(item);
      return undefined;
    }
    return this.#deliver(player, item);
  }

  #deliver(player: Player, item: WaitingFrame): PlaybackFrame {
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

  #isDropped(player: Player, { frame, due }: WaitingFrame, late: number): boolean {
    const keepsTime = this.#options.onSlow === 'drop';
    const decodable = frame.kind === 'video' && frame.keyFrame;
    if (late <= LATE_MS) {
      if (decodable) player.dropping = false;
      return player.dropping;
    }
    if (!keepsTime && (this.speed < KEY_FRAME_SPEED || decodable)) {
      player.dropping = false;
      this.#clock.set(due);
      return false;
    }
    if (!decodable) {
      // A sound that is left out leaves nothing undecodable.
      if (frame.kind === 'video') player.dropping = true;
      return true;
    }
    player.dropped += 1;
    if (player.dropped <= MOST_KEY_FRAMES_DROPPED && late > 4 * LATE_MS) {
      player.dropping = true;
      return true;
    }
    if (player.dropped > MOST_KEY_FRAMES_DROPPED) this.#clock.set(due);
    player.dropped = 0;
    player.dropping = false;
    return false;
  }

  /** A hole in front of the frame, in which no camera has any. */
  #findGap(player: Player, { frame, due }: WaitingFrame): void {
    const { segment } = frame;
    const forward = this.speed > 0;
    const reaches = this.#players.map(({ reach }) => reach);
    const reach = forward ? Math.max(...reaches) : Math.min(...reaches);
    const [from, to] = forward ? [reach, segment.startTime] : [segment.endTime, reach];
    if (to - from <= GAP_MS) return;
    player.reach = forward ? to : from;
    const skipped = this.#options.gaps === 'skip';
    if (skipped) this.#clock.set(due);
    const gap = { from, to, reason: this.#reasonOf(player, from, to), skipped };
    this.#tell(() => this.emit('gap', gap));
  }

  #reasonOf(player: Player, from: number, to: number): string {
    if (player.unreadable) return 'unreadable';
    const { cameraId, stream } = player.footage.options;
    const within = { from: Math.floor(from), to: Math.ceil(to) };
    const lasts = (gap: { from: number; to: number }) =>
      Math.min(gap.to, to) - Math.max(gap.from, from);
    const [longest] = this.#index
      .gaps({ cameraId, stream, ...within })
      .sort((a, b) => lasts(b) - lasts(a));
    return longest?.reason ?? 'deleted';
  }

  /** The frame that is next on the way, of all cameras. */
  async #next(
    players: readonly Player[],
  ): Promise<{ player: Player; item: WaitingFrame } | undefined> {
    const items = await Promise.all(
      players.map((player) => player.peek((error, segment) => this.#onProblem(error, segment))),
    );
    let first: { player: Player; item: WaitingFrame } | undefined;
    const direction = Math.sign(this.speed);
    items.forEach((item, i) => {
      if (!item) return;
      const sooner =
        !first ||
        (item.immediate && !first.item.immediate) ||
        (item.immediate === first.item.immediate && (item.due - first.item.due) * direction < 0);
      if (sooner) first = { player: players[i] as Player, item };
    });
    const waits = first && !first.item.immediate && this.#isAheadOfLive(items, first.item.due);
    return waits ? undefined : first;
  }

  /** A camera whose footage of that moment may come yet keeps the others waiting, for a while. */
  #isAheadOfLive(items: readonly (WaitingFrame | undefined)[], due: number): boolean {
    if (!this.#options.follow || this.speed < 0) return false;
    return items.some((item) => !item) && Date.now() - due < LIVE_DELAY_MS;
  }

  /** With `follow`: looks for footage behind the end of a camera. */
  #poll(): void {
    if (!this.#options.follow || this.speed < 0) return;
    const now = this.#options.clock.now();
    if (now - this.#polled < this.#options.pollIntervalMs) return;
    if (!this.#players.some(({ exhausted }) => exhausted)) return;
    this.#polled = now;
    const { position } = this;
    this.#players = this.#players.map((player) => {
      if (!player.exhausted) return player;
      const next = player.next();
      if (!next || next.startTime > position - GAP_MS || next.unfinished) {
        player.resume();
        return player;
      }
      // The others went on meanwhile: it joins them where they are.
      this.#retireOne(player);
      return this.#playerOf(player.footage, position);
    });
  }

  /** True where it is the end; else it has waited for what is recorded next. */
  async #end(): Promise<boolean> {
    this.#clock.stop();
    if (!this.#options.follow || this.speed < 0) {
      this.#setState('ended');
      return true;
    }
    this.#setState(this.#wanted === 'paused' && !this.#fresh ? 'paused' : 'buffering');
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
    this.#retire();
    this.#players = this.#footage.map((footage) => this.#playerOf(footage, position));
    this.#setState('buffering');
  }

  #playerOf(footage: Footage, from: number): Player {
    const { readAheadBytes: bytes, readAheadMs: ms } = this.#options;
    return new Player(footage, from, this.speed > 0 ? 1 : -1, { bytes, ms });
  }

  /** Finds the key frame in front of the present frame, of all cameras. */
  async #stepBack(): Promise<void> {
    this.#steps += 1;
    const limits = { bytes: this.#options.readAheadBytes, ms: 0 };
    const before = (this.#sought ?? this.#shown) - EPSILON_MS;
    const found = await Promise.all(
      this.#footage.map(async (footage) => {
        const player = new Player(footage, before, -1, limits);
        try {
          const item = await player.peek((error, segment) => this.#onProblem(error, segment));
          return item?.frame.time;
        } finally {
          await player.close();
        }
      }),
    );
    const times = found.filter((time) => time !== undefined);
    if (times.length > 0) this.#sought = Math.max(...times);
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

  #retire(): void {
    for (const player of this.#players) this.#retireOne(player);
    this.#players = [];
  }

  /** Its file is closed when the read that is under way is done. */
  #retireOne(player: Player): void {
    const closed = player.close().catch(() => {});
    this.#retiring.add(closed);
    void closed.finally(() => this.#retiring.delete(closed));
  }
}

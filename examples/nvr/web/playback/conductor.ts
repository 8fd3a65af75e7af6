// Plays 1 to 16 cameras in step: one connection, one clock, a tile per camera. It decides when the clock
// runs; tiles only follow it.
import type { ServerMessage } from '../../protocol/messages.js';
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { ServerConnection } from '../api/index.js';
import { type PositionSource, SeekGate } from '../timeline/index.js';
import { aheadNeeded, MasterClock, rateFor } from './clock.js';
import { Epochs } from './epochs.js';
import { Landing } from './landing.js';
import { PlaybackSocket } from './playback-socket.js';
import { Skips } from './skips.js';
import {
  type Hole,
  Listeners,
  type PlaybackPhase,
  type PlaybackSnapshot,
  type Refusal,
  SnapshotStore,
  statusOf,
  type TileStatus,
} from './snapshot.js';
import { Taken } from './taken.js';
import type { Tile, TileHost } from './tile.js';

export interface ConductorOptions {
  server: ServerConnection;
  cameras: readonly string[];
  /** UTC milliseconds. */
  position: number;
  speed: number;
  wantsPlay: boolean;
  codecs: ('h264' | 'h265')[];
  createTile: (host: TileHost) => Tile;
}

const SCRUB = { intervalMs: 80, patienceMs: 1000 };
/** The server is told about pictures that were taken no more often. */
const TELL_MS = 40;
/** An answer to a seek takes no longer. */
const PATIENCE_MS = 4000;

export class Conductor implements PositionSource {
  /** By camera. */
  readonly tiles = new Map<string, Tile>();
  readonly #options: ConductorOptions;
  readonly #socket: PlaybackSocket;
  readonly #clock: MasterClock;
  readonly #store: SnapshotStore;
  readonly #epochs = new Epochs();
  readonly #taken = new Taken();
  readonly #skips = new Skips();
  readonly #gate = new SeekGate(SCRUB);
  readonly #moved = new Listeners();
  readonly #jumped = new Listeners();
  /** By stream number. */
  readonly #cameraOf = new Map<number, string>();
  readonly #troubles = new Map<string, Refusal>();
  /** Those whose sub stream is shown as the browser lacks the codec of the main stream. */
  readonly #fallbacks = new Set<string>();
  readonly #holes = new Map<string, Hole>();
  #wantsPlay: boolean;
  #isEnded = false;
  #landing: Landing | undefined;
  /** The time up to which pictures came, along the direction. */
  #newest: number | undefined;
  /** Where the last seek went. While scrubbing the clock is with the pointer, ahead of it. */
  #target: number;
  #isScrubbing = false;
  /** The next picture that comes is a step's. */
  #isStepping = false;
  #resumesWhenSeen = false;
  #toldAt = 0;
  #shownPosition = Number.NaN;
  #frame: number | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: ConductorOptions) {
    this.#options = options;
    const { server, position, speed, wantsPlay } = options;
    this.#clock = new MasterClock(position, performance.now(), speed);
    this.#store = new SnapshotStore(speed, wantsPlay);
    this.#wantsPlay = wantsPlay;
    this.#target = position;
    for (const camera of options.cameras) {
      this.tiles.set(camera, options.createTile(this.#hostOf(camera)));
    }
    this.#socket = new PlaybackSocket({
      server,
      opening: () => this.#opening(),
      onMessage: (message) => this.#take(message),
      onInit: (init) => this.#init(init),
      onPicture: (header, data) => this.#picture(header, data),
      onState: (socket) => this.#publish({ socket, sealed: this.#socket.isSealed }),
    });
  }

  open(): void {
    this.#socket.open();
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#patience);
    document.removeEventListener('visibilitychange', this.#onVisibility);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#socket.close();
    for (const tile of this.tiles.values()) tile.close();
  }

  // ---- what the page reads

  position(): number {
    return this.#clock.position(performance.now());
  }

  readonly snapshot = (): PlaybackSnapshot => this.#store.current;

  readonly onChange = (listener: () => void): (() => void) => this.#store.listeners.add(listener);

  subscribe(listener: () => void): () => void {
    return this.#moved.add(listener);
  }

  onJump(listener: () => void): () => void {
    return this.#jumped.add(listener);
  }

  // ---- what the page asks for

  play(): void {
    this.#wantsPlay = true;
    this.#socket.send({ type: 'play' });
    this.#publish({ wantsPlay: true });
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#clock.stop(performance.now());
    this.#socket.send({ type: 'pause' });
    this.#publish({ wantsPlay: false });
  }

  seek(position: number): void {
    const to = Math.max(0, Math.min(Date.now(), Math.round(position)));
    this.#jump(to);
    if (this.#socket.send({ type: 'seek', position: to })) this.#epochs.sought();
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#seekAgain(), PATIENCE_MS);
    this.#wake();
  }

  /** A seek that was refused has no answer; without one nothing would be shown any more. */
  #seekAgain(): void {
    if (!this.#epochs.isWaiting || this.#store.current.socket !== 'open') return;
    this.#epochs.reset();
    this.seek(this.#target);
  }

  /** While the pointer is drawn along, many of them; the clock stands meanwhile. */
  scrub(position: number, isLast: boolean): void {
    const now = performance.now();
    const to = Math.max(0, Math.min(Date.now(), Math.round(position)));
    if (!this.#isScrubbing && this.#wantsPlay) this.#socket.send({ type: 'pause' });
    this.#isScrubbing = !isLast;
    this.#clock.stop(now);
    this.#clock.set(to, now);
    this.#gate.offer(to);
    if (isLast) {
      this.seek(this.#gate.flush(now) ?? to);
      if (this.#wantsPlay) this.#socket.send({ type: 'play' });
    }
    this.#wake();
  }

  /** 0.5 to 16, -1 to -16. */
  setSpeed(speed: number): void {
    const turned = speed > 0 !== this.#clock.speed > 0;
    this.#clock.setSpeed(speed, performance.now());
    const isSent = this.#socket.send({ type: 'speed', speed });
    this.#publish({ speed });
    if (!turned) return;
    // The server turns where it is, ahead of what is on the screen; the turn is to be here.
    if (isSent) this.#epochs.sought();
    this.seek(this.position());
  }

  /** Pauses, and goes on, or back, by one picture of any camera. */
  step(direction: 1 | -1): void {
    if (this.#wantsPlay) this.pause();
    if (this.#clock.speed < 0) this.setSpeed(1);
    const tiles = [...this.tiles.values()];
    if (direction < 0) {
      const shown = tiles.map((tile) => tile.shown ?? 0).filter((time) => time <= this.position());
      // What was on the screen right before the newest picture that is there now.
      const newest = Math.max(0, ...shown);
      if (newest > 0) this.seek(Math.ceil(newest) - 1);
      return;
    }
    // What was sent ahead comes before what the server would send now.
    const waiting = tiles.flatMap((tile) => tile.upcoming?.time ?? []);
    if (waiting.length > 0) this.#clock.set(Math.min(...waiting), performance.now());
    else if (this.#socket.send({ type: 'step', direction })) this.#isStepping = true;
    this.#wake();
  }

  // ---- what comes

  /** Also after the connection was lost: everything begins anew where the clock stands. */
  #opening() {
    const { cameras, codecs } = this.#options;
    this.#epochs.reset();
    this.#epochs.sought();
    this.#taken.reset();
    this.#cameraOf.clear();
    for (const tile of this.tiles.values()) tile.reset();
    const position = Math.round(this.position());
    this.#jump(position);
    const { speed } = this.#clock;
    return { cameras: [...cameras], position, speed, playing: this.#wantsPlay, codecs };
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'stream':
        this.#cameraOf.set(message.stream, message.cameraId);
        if (message.reason === 'unsupported_codec') this.#fallbacks.add(message.cameraId);
        else this.#fallbacks.delete(message.cameraId);
        this.#trouble(message.cameraId, undefined);
        break;
      case 'stopped':
        this.#trouble(message.cameraId, { code: message.code, message: message.message });
        break;
      case 'sought':
        this.#sought(message.epoch, message.position);
        break;
      case 'gap':
        if (message.cameraId) this.#holes.set(message.cameraId, message);
        else if (message.skipped) this.#skips.add(message);
        break;
      case 'position':
        if (!this.#epochs.isWaiting) this.#isEnded = message.state === 'ended';
        break;
      case 'error':
        this.#publish({ refused: { code: message.code, message: message.message } });
        break;
      default:
        return;
    }
    this.#wake();
  }

  #init(init: InitMessage): void {
    this.#tileOf(init.stream)?.init(init);
  }

  #picture(header: PictureHeader, data: Uint8Array): void {
    const sequence = this.#taken.receive();
    const tile = this.#tileOf(header.stream);
    if (!tile || header.audio || !this.#epochs.accepts(header.epoch)) {
      this.#taken.take(sequence);
      this.#wake();
      return;
    }
    const { key, preroll, afterGap } = header;
    const time = header.time / 1000;
    if (!preroll) this.#arrived(time);
    tile.push({ sequence, time, key, preroll, afterGap, header, data });
  }

  #arrived(time: number): void {
    const newest = this.#newest ?? time;
    this.#newest = this.#clock.direction > 0 ? Math.max(newest, time) : Math.min(newest, time);
    if (!this.#isStepping) return;
    this.#isStepping = false;
    this.#clock.set(time, performance.now());
  }

  #tileOf(stream: number): Tile | undefined {
    const camera = this.#cameraOf.get(stream);
    return camera === undefined ? undefined : this.tiles.get(camera);
  }

  #hostOf(camera: string): TileHost {
    return {
      taken: (sequence) => this.#taken.take(sequence),
      landed: (time) => this.#landed(camera, time),
      wake: () => this.#wake(),
      failed: (code) => this.#trouble(camera, code === undefined ? code : { code, message: '' }),
      restart: () => {
        if (!this.#epochs.isWaiting) this.seek(this.position());
      },
    };
  }

  #trouble(camera: string, trouble: Refusal | undefined): void {
    if (this.#troubles.get(camera)?.code === trouble?.code) return;
    if (trouble) this.#troubles.set(camera, trouble);
    else this.#troubles.delete(camera);
    this.#wake();
  }

  // ---- going to a position

  /** The clock is there at once, and waits for the first pictures. */
  #jump(position: number): void {
    const now = performance.now();
    this.#clock.stop(now);
    this.#clock.set(position, now);
    this.#target = position;
    this.#landing = new Landing();
    this.#isEnded = false;
    this.#newest = undefined;
    this.#isStepping = false;
    this.#skips.clear();
    this.#holes.clear();
    this.#jumped.tell();
  }

  #sought(epoch: number, position: number): void {
    const wasAsked = this.#epochs.isWaiting;
    if (!this.#epochs.begin(epoch)) return;
    for (const tile of this.tiles.values()) tile.reset();
    if (!wasAsked && !this.#landing) this.#jump(position);
    this.#publish({ refused: undefined });
  }

  #landed(camera: string, time: number): void {
    if (this.#epochs.isWaiting) return;
    this.#landing?.landed(camera, time, this.#clock.direction, performance.now());
    this.#gate.answered();
  }

  #land(now: number): void {
    const cameras = [...this.tiles.keys()].filter((camera) => !this.#troubles.has(camera));
    const landing = this.#landing;
    if (this.#epochs.isWaiting || !landing?.isOver(cameras, now)) return;
    this.#landing = undefined;
    if (this.#isScrubbing) return;
    // Where there was no footage the first picture is where the server went on.
    const { direction } = this.#clock;
    if ((landing.first - this.#clock.position(now)) * direction > 0) {
      this.#clock.set(landing.first, now);
    }
  }

  // ---- picture by picture of the screen

  #wake(): void {
    if (this.#frame !== undefined || this.#isClosed) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#tick(performance.now());
    });
  }

  #tick(now: number): void {
    if (this.#isScrubbing) this.#scrubOn(now);
    this.#land(now);
    this.#pace(now);
    const position = this.#clock.position(now);
    const isBusy = this.#showAll(this.#isScrubbing ? this.#target : position);
    const isTold = this.#tell(now);
    if (position !== this.#shownPosition) {
      this.#shownPosition = position;
      this.#moved.tell();
    }
    this.#store.look(this.#phase(), this.#statuses(position));
    const isLanding = this.#landing?.isUnderWay ?? false;
    if (isBusy || !isTold || isLanding || this.#wantsPlay || this.#isScrubbing) this.#wake();
  }

  /** True where a tile has more to do. */
  #showAll(position: number): boolean {
    const { direction, speed, isRunning } = this.#clock;
    const isFrozen = this.#epochs.isWaiting;
    const isLanding = this.#landing !== undefined;
    const moment = { position, direction, speed, isRunning, isFrozen, isLanding };
    let isBusy = false;
    for (const tile of this.tiles.values()) isBusy = tile.tick(moment) || isBusy;
    return isBusy;
  }

  #scrubOn(now: number): void {
    const wanted = this.#gate.take(now);
    if (wanted === undefined) return;
    const pointer = this.#clock.position(now);
    this.seek(wanted);
    this.#clock.set(pointer, now);
  }

  /** Runs the clock while there are pictures ahead of it, and jumps over holes. */
  #pace(now: number): void {
    const clock = this.#clock;
    if (!this.#wantsPlay || this.#landing || this.#isScrubbing) {
      clock.stop(now);
      return;
    }
    const over = this.#skips.from(clock.position(now), clock.direction);
    if (over !== undefined) clock.set(over, now);
    const ahead = this.#aheadMs(now);
    if (this.#isEnded) {
      if (ahead > 0) clock.run(now);
      else this.#end(now);
      return;
    }
    const needed = aheadNeeded(clock.speed);
    if (clock.isRunning && ahead < needed.toGoOn) clock.stop(now);
    if (!clock.isRunning && ahead >= needed.toStart) clock.run(now);
    clock.correct(clock.direction > 0 ? rateFor(ahead) : 1, now);
  }

  /** Milliseconds of real time for which there are pictures. */
  #aheadMs(now: number): number {
    if (this.#newest === undefined) return Number.NEGATIVE_INFINITY;
    return (this.#newest - this.#clock.position(now)) / this.#clock.speed;
  }

  #end(now: number): void {
    this.#clock.stop(now);
    if (this.#newest !== undefined) this.#clock.set(this.#newest, now);
    this.#wantsPlay = false;
    this.#publish({ wantsPlay: false });
  }

  /** False where there is something to tell, and it is too early. */
  #tell(now: number): boolean {
    if (!this.#taken.hasNews) return true;
    if (now - this.#toldAt < TELL_MS || this.#store.current.socket !== 'open') return false;
    this.#toldAt = now;
    const through = this.#taken.news();
    return through === undefined || this.#socket.send({ type: 'taken', through });
  }

  // ---- what the page is told

  #phase(): PlaybackPhase {
    if (this.#store.current.socket !== 'open') return 'connecting';
    if (this.#landing && !this.#isEnded) return 'buffering';
    if (!this.#wantsPlay) return this.#isEnded ? 'ended' : 'paused';
    return this.#clock.isRunning ? 'playing' : 'buffering';
  }

  #statuses(position: number): Map<string, TileStatus> {
    const known = this.#store.current.tiles;
    return new Map(
      [...this.tiles].map(([camera, tile]) => {
        const { element } = tile;
        const trouble = this.#troubles.get(camera);
        if (trouble) return [camera, { element, trouble }];
        const shown = { element, ...(this.#fallbacks.has(camera) && { isFallback: true }) };
        // Until its pictures are there nobody knows whether there are any.
        if (this.#landing && !this.#isEnded) {
          const until = known.get(camera)?.noFootageUntil;
          return [camera, { ...shown, ...(until !== undefined && { noFootageUntil: until }) }];
        }
        const hole = this.#holes.get(camera);
        return [camera, { ...shown, ...statusOf(tile, position, this.#clock, hole) }];
      }),
    );
  }

  #publish(change: Partial<PlaybackSnapshot>): void {
    this.#store.publish(change);
    this.#wake();
  }

  /** A page that is not seen gets no pictures; it goes on where it was. */
  readonly #onVisibility = (): void => {
    if (document.hidden) {
      this.#resumesWhenSeen = this.#wantsPlay;
      if (this.#wantsPlay) this.pause();
    } else if (this.#resumesWhenSeen) {
      this.#resumesWhenSeen = false;
      // Decoders that were idle for long are taken back by the browser.
      this.seek(this.position());
      this.play();
    }
  };
}

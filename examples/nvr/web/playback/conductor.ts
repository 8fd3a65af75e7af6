// Plays 1 to 16 cameras in step: one connection, one clock, a tile per camera. It owns the clock, and says
// of which moment the tiles show pictures.
import type { ServerMessage } from '../../protocol/messages.js';
import type { PictureHeader } from '../../protocol/picture.js';
import type { ServerConnection } from '../api/index.js';
import { type PositionSource, SeekGate } from '../timeline/index.js';
import { MasterClock } from './clock.js';
import { Conditions } from './conditions.js';
import { Incoming } from './incoming.js';
import { Landing } from './landing.js';
import { pace } from './pace.js';
import { Remote, whole } from './remote.js';
import { Screens } from './screens.js';
import { Skips } from './skips.js';
import { Listeners, type PlaybackPhase, type PlaybackSnapshot, SnapshotStore } from './snapshot.js';
import { Steps } from './steps.js';
import type { Tile, TileHost } from './tile.js';
import { stopWhileHidden } from './visibility.js';

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
/** From there on a server leaves out what it cannot read in time. */
const SPARSE_SPEED = 4;

export class Conductor implements PositionSource {
  /** By camera. */
  readonly tiles: ReadonlyMap<string, Tile>;
  readonly #remote: Remote;
  readonly #clock: MasterClock;
  readonly #store: SnapshotStore;
  readonly #screens: Screens;
  readonly #incoming: Incoming;
  readonly #conditions = new Conditions();
  readonly #steps = new Steps();
  readonly #skips = new Skips();
  readonly #gate = new SeekGate(SCRUB);
  readonly #moved = new Listeners();
  readonly #jumped = new Listeners();
  #isEnded = false;
  #landing: Landing | undefined;
  #isScrubbing = false;
  /** Where the last seek went. While scrubbing the clock is with the pointer, ahead of it. */
  #target: number;
  #shownPosition = Number.NaN;
  #frame: number | undefined;
  #isClosed = false;
  #unwatch: (() => void) | undefined;

  constructor(private readonly options: ConductorOptions) {
    const { server, cameras, position, speed, wantsPlay, createTile } = options;
    this.#clock = new MasterClock(position, performance.now(), wantsPlay ? speed : Math.abs(speed));
    this.#store = new SnapshotStore(speed, wantsPlay);
    this.#target = position;
    this.tiles = new Map(cameras.map((camera) => [camera, createTile(this.#hostOf(camera))]));
    this.#screens = new Screens(this.tiles, this.#conditions);
    this.#incoming = new Incoming(this.#screens);
    this.#remote = new Remote(server, cameras, {
      beginning: () => whole(this.position()),
      opening: () => this.#opening(),
      onSought: (sought, wasAsked) => this.#sought(sought, wasAsked),
      onMessage: (message) => this.#take(message),
      onInit: (init) => this.#incoming.init(init),
      onPicture: (header, data, counts) => this.#picture(header, data, counts),
      onState: (socket) => {
        const { isSealed: sealed, route } = this.#remote;
        this.#publish({ socket, sealed, route });
      },
      onSilence: () => this.#goTo(this.#target),
    });
  }

  open(): void {
    this.#remote.open();
    this.#unwatch = stopWhileHidden(this);
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch?.();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#remote.close();
    this.#screens.close();
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
    this.#steps.clear();
    this.#publish({ wantsPlay: true });
    this.#turn();
    this.#remote.play(true);
  }

  pause(): void {
    this.#clock.stop(performance.now());
    this.#publish({ wantsPlay: false });
    this.#remote.play(false);
    const isTurned = this.#turn();
    // As fast as that pictures are left out, and the one of this moment may be among them.
    if (!isTurned && this.#clock.speed >= SPARSE_SPEED) this.#goTo(this.position());
  }

  seek(position: number): void {
    this.#steps.clear();
    this.#goTo(position);
  }

  /** While the pointer is drawn along, many of them; the clock stands meanwhile. */
  scrub(position: number, isLast: boolean): void {
    const now = performance.now();
    const to = whole(position);
    if (!this.#isScrubbing && this.#wantsPlay) this.#remote.play(false);
    this.#isScrubbing = !isLast;
    this.#steps.clear();
    this.#clock.stop(now);
    this.#clock.set(to, now);
    this.#gate.offer(to);
    const isTurned = this.#turn();
    if (isLast) {
      this.#gate.flush(now);
      if (!isTurned) this.#goTo(to);
      if (this.#wantsPlay) this.#remote.play(true);
    }
    this.#wake();
  }

  /** 0.5 to 16, -1 to -16. */
  setSpeed(speed: number): void {
    this.#publish({ speed });
    this.#turn();
  }

  /** Pauses, and goes on, or back, by one picture of any camera. */
  step(direction: 1 | -1): void {
    if (this.#wantsPlay) this.pause();
    else this.#turn();
    this.#steps.want(direction);
    this.#wake();
  }

  get #wantsPlay(): boolean {
    return this.#store.current.wantsPlay;
  }

  /**
   * Has clock and server go as it is wanted. Backwards there are key frames alone: where it stands, or
   * the pointer is drawn along, it is turned forwards, and each tile has the very picture of the moment.
   * True where it turned.
   */
  #turn(): boolean {
    const { speed } = this.#store.current;
    const wanted = this.#wantsPlay && !this.#isScrubbing ? speed : Math.abs(speed);
    const before = this.#clock.speed;
    if (wanted === before) return false;
    const turns = wanted > 0 !== before > 0;
    this.#clock.setSpeed(wanted, performance.now());
    this.#remote.speed(wanted, turns);
    if (turns) this.#goTo(this.position());
    return turns;
  }

  // ---- what comes

  /** Also after the connection was lost: everything begins anew where the clock stands. */
  #opening() {
    const { cameras, codecs } = this.options;
    this.#incoming.reset();
    const position = whole(this.position());
    this.#jump(position);
    const { speed } = this.#clock;
    return { cameras: [...cameras], position, speed, playing: this.#wantsPlay, codecs };
  }

  #sought(position: number, wasAsked: boolean): void {
    this.#incoming.begin();
    if (!wasAsked && !this.#landing) this.#jump(position);
    this.#publish({ refused: undefined });
  }

  #take(message: Exclude<ServerMessage, { type: 'sought' }>): void {
    switch (message.type) {
      case 'stream':
        this.#incoming.announced(message.stream, message.cameraId);
        this.#conditions.fallback(message.cameraId, message.reason === 'unsupported_codec');
        this.#conditions.trouble(message.cameraId, undefined);
        break;
      case 'stopped':
        this.#conditions.trouble(message.cameraId, message);
        break;
      case 'gap':
        if (message.cameraId) this.#conditions.hole(message.cameraId, message);
        else if (message.skipped) this.#skips.add(message);
        break;
      case 'position':
        if (this.#remote.isWaiting) break;
        this.#isEnded = message.state === 'ended';
        if (this.#isEnded && this.#clock.direction > 0) this.#incoming.ended();
        break;
      case 'error':
        this.#publish({ refused: { code: message.code, message: message.message } });
        break;
      default:
        return;
    }
    this.#wake();
  }

  #picture(header: PictureHeader, data: Uint8Array, counts: boolean): void {
    this.#incoming.picture(header, data, counts, this.#clock.direction);
    if (counts) this.#steps.answered();
    if (counts && !header.preroll) this.#arrived(header.time / 1000, header.afterGap);
    this.#wake();
  }

  /** `time`: of a picture that will be shown. */
  #arrived(time: number, afterGap: boolean): void {
    if (!this.#landing || this.#landing.isUnderWay) return;
    const isBehind = (time - this.#target) * this.#clock.direction > 0;
    // Pictures that are shown before it may be decoded after it.
    if (isBehind && !afterGap) return;
    const now = performance.now();
    this.#landing.arrived(now);
    if (!isBehind) return;
    // No camera has footage there: it is where the server went on.
    const before = this.#landing.isStepBack
      ? this.#conditions.beforeHoles(this.#target)
      : undefined;
    this.#target = time;
    if (this.#isScrubbing) return;
    if (before !== undefined) {
      this.#goTo(before);
      return;
    }
    this.#clock.set(time, now);
    // While it stands the server sends the first picture of one camera alone.
    const isAlone = !this.#wantsPlay && this.tiles.size > 1;
    if (isAlone) this.#goTo(this.#conditions.togetherFrom(time));
  }

  #hostOf(camera: string): TileHost {
    return {
      taken: (sequence) => this.#incoming.taken(sequence),
      wake: () => this.#wake(),
      failed: (code) => {
        this.#conditions.trouble(camera, code === undefined ? code : { code, message: '' });
        this.#wake();
      },
      restart: () => {
        if (!this.#remote.isWaiting) this.#goTo(this.#moment(performance.now()));
      },
    };
  }

  // ---- going to a position

  #goTo(position: number, isStepBack = false): void {
    const to = whole(position);
    this.#jump(to, isStepBack);
    this.#remote.seek(to);
    this.#wake();
  }

  /** The clock is there at once, and waits for the first pictures. */
  #jump(position: number, isStepBack = false): void {
    const now = performance.now();
    this.#clock.stop(now);
    this.#clock.set(position, now);
    this.#target = position;
    this.#landing = new Landing(isStepBack);
    this.#isEnded = false;
    this.#steps.answered();
    this.#skips.clear();
    this.#conditions.jumped();
    this.#jumped.tell();
  }

  // ---- picture by picture of the screen

  #wake(): void {
    if (this.#frame !== undefined || this.#isClosed) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#tick(performance.now());
    });
  }

  /** Of which the tiles show pictures. */
  #moment(now: number): number {
    return this.#isScrubbing ? this.#target : this.#clock.position(now);
  }

  #tick(now: number): void {
    if (this.#isScrubbing) this.#scrubOn(now);
    this.#pace(now);
    // Until the answer to a seek comes, all that came is of before it.
    const isBusy = !this.#remote.isWaiting && this.#show(now);
    const isTold = this.#incoming.tell(now, (through) => this.#remote.taken(through));
    const position = this.#clock.position(now);
    if (position !== this.#shownPosition) {
      this.#shownPosition = position;
      this.#moved.tell();
    }
    const isLanding = this.#landing !== undefined && !this.#isEnded;
    const { direction, speed } = this.#clock;
    const known = isLanding ? this.#store.current.tiles : undefined;
    const statuses = this.#screens.statuses({ position, direction, speed }, known);
    this.#store.look(this.#phase(), statuses);
    const isSoon = isBusy || !isTold || (this.#landing?.isUnderWay ?? false);
    if (isSoon || this.#wantsPlay || this.#isScrubbing) this.#wake();
  }

  /** True where a tile wants to be asked again soon. */
  #show(now: number): boolean {
    if (!this.#wantsPlay && !this.#landing && !this.#isScrubbing) this.#stepOn(now);
    const position = this.#moment(now);
    const { direction, speed, isRunning } = this.#clock;
    const isBusy = this.#screens.show({ position, direction, speed, isRunning });
    const isComplete = this.#screens.isComplete(position, direction);
    if (this.#landing?.isOver(isComplete, now)) {
      this.#landing = undefined;
      this.#gate.answered();
      this.#wake();
    }
    return isBusy;
  }

  #stepOn(now: number): void {
    const reach = this.#incoming.reach ?? Number.NEGATIVE_INFINITY;
    const place = this.#screens.place(this.#clock.position(now));
    const action = this.#steps.next({ ...place, reach });
    if (!action) return;
    if (action === 'ask') this.#remote.step();
    else if ('seek' in action) this.#goTo(action.seek, true);
    else this.#clock.set(action.show, now);
    this.#wake();
  }

  #scrubOn(now: number): void {
    const wanted = this.#gate.take(now);
    if (wanted === undefined) return;
    const pointer = this.#clock.position(now);
    this.#goTo(wanted);
    this.#clock.set(pointer, now);
  }

  #pace(now: number): void {
    const clock = this.#clock;
    const isLanding = this.#landing && (!this.#isEnded || this.#landing.isUnderWay);
    if (!this.#wantsPlay || isLanding || this.#isScrubbing) {
      clock.stop(now);
      return;
    }
    const { reach } = this.#incoming;
    if (pace(clock, { reach, skips: this.#skips, isEnded: this.#isEnded }, now)) return;
    if (reach !== undefined) clock.set(reach, now);
    this.#remote.play(false);
    this.#publish({ wantsPlay: false });
  }

  // ---- what the page is told

  #phase(): PlaybackPhase {
    if (this.#store.current.socket !== 'open') return 'connecting';
    if (this.#landing && !this.#isEnded) return 'buffering';
    if (!this.#wantsPlay) return this.#isEnded ? 'ended' : 'paused';
    return this.#clock.isRunning ? 'playing' : 'buffering';
  }

  #publish(change: Partial<PlaybackSnapshot>): void {
    this.#store.publish(change);
    this.#wake();
  }
}

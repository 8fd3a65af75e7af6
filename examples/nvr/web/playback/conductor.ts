// Plays 1 to 16 cameras in step: a connection per server, one clock, a tile per camera. It owns the clock,
// and says of which moment the tiles show pictures.
import type { ServerConnection } from '../api/index.js';
import { type PositionSource, SeekGate } from '../timeline/index.js';
import type { Chase } from './catch-up.js';
import { MasterClock } from './clock.js';
import { Conditions } from './conditions.js';
import { Landing } from './landing.js';
import { pace } from './pace.js';
import { Part, type PartHost } from './part.js';
import { Parts } from './parts.js';
import { type Connect, type Opening, whole } from './remote.js';
import { Screens } from './screens.js';
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
  /** To a server. Default: a WebSocket. */
  connect?: Connect;
}

const SCRUB = { intervalMs: 80, patienceMs: 1000 };
/** From there on a server leaves out what it cannot read in time. */
const SPARSE_SPEED = 4;

export class Conductor implements PositionSource {
  /** By camera. */
  readonly tiles: ReadonlyMap<string, Tile>;
  readonly #parts: Parts;
  readonly #clock: MasterClock;
  readonly #store: SnapshotStore;
  readonly #screens: Screens;
  readonly #conditions = new Conditions();
  readonly #steps = new Steps();
  readonly #gate = new SeekGate(SCRUB);
  readonly #moved = new Listeners();
  readonly #jumped = new Listeners();
  #landing: Landing | undefined;
  #isScrubbing = false;
  /** Where the last seek went. While scrubbing the clock is with the pointer, ahead of it. */
  #target: number;
  #shownPosition = Number.NaN;
  #frame: number | undefined;
  #isClosed = false;
  #unwatch: (() => void) | undefined;

  constructor(private readonly options: ConductorOptions) {
    const { server, cameras, position, speed, wantsPlay, createTile, connect } = options;
    this.#clock = new MasterClock(position, performance.now(), wantsPlay ? speed : Math.abs(speed));
    this.#store = new SnapshotStore(speed, wantsPlay);
    this.#target = position;
    this.tiles = new Map(cameras.map((camera) => [camera, createTile(this.#hostOf(camera))]));
    this.#screens = new Screens(this.tiles, this.#conditions);
    const host = this.#partHost();
    const shared = { server, screens: this.#screens, conditions: this.#conditions, host };
    this.#parts = new Parts(
      cameras,
      (nodeId, of) => new Part({ ...shared, nodeId, cameras: of, ...(connect && { connect }) }),
    );
  }

  open(): void {
    this.#jump(whole(this.position()));
    this.#parts.open();
    this.#unwatch = stopWhileHidden(this);
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch?.();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#parts.close();
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
    this.#parts.play(true);
  }

  pause(): void {
    this.#clock.stop(performance.now());
    this.#publish({ wantsPlay: false });
    this.#parts.play(false);
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
    if (!this.#isScrubbing && this.#wantsPlay) this.#parts.play(false);
    this.#isScrubbing = !isLast;
    this.#steps.clear();
    this.#clock.stop(now);
    this.#clock.set(to, now);
    this.#gate.offer(to);
    const isTurned = this.#turn();
    if (isLast) {
      this.#gate.flush(now);
      if (!isTurned) this.#goTo(to);
      if (this.#wantsPlay) this.#parts.play(true);
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
    this.#parts.speed(wanted, turns);
    if (turns) this.#goTo(this.position());
    return turns;
  }

  // ---- what the servers ask and tell

  #partHost(): PartHost {
    const conductor = this;
    return {
      opening: (part) => this.#opening(part),
      position: () => this.position(),
      get direction() {
        return conductor.#clock.direction;
      },
      get isLanding() {
        return conductor.#landing !== undefined;
      },
      get isPlaying() {
        return conductor.#wantsPlay;
      },
      onMoved: (part, position) => {
        if (this.#parts.isAlone(part) && !this.#landing) this.#jump(position);
      },
      onSilence: (part) => {
        if (this.#parts.isAlone(part)) this.#goTo(this.#target);
        else part.giveUp();
      },
      onPicture: () => {
        this.#steps.answered();
        this.#land(performance.now());
      },
      onState: () => {
        const { states: servers, refused } = this.#parts;
        this.#publish({ servers, refused });
      },
      wake: () => this.#wake(),
    };
  }

  /** Also after the connection was lost. Where others play it joins them, else all begins anew. */
  #opening(part: Part): Opening {
    const { speed } = this.#clock;
    const { codecs } = this.options;
    if (this.#parts.isAlone(part)) {
      this.#jump(whole(this.position()));
      part.joinIn();
    }
    const isSought = this.#landing !== undefined || this.#isScrubbing;
    const position = isSought ? whole(this.#target) : part.ahead(this.#chase(performance.now()));
    return { position, speed, playing: this.#wantsPlay && !this.#isScrubbing, codecs };
  }

  #chase(now: number): Chase {
    const isRunning = this.#wantsPlay && !this.#landing && !this.#isScrubbing;
    return { position: this.#clock.position(now), speed: this.#clock.speed, isRunning };
  }

  /** Once it is known where a seek comes out. */
  #land(now: number): void {
    const landing = this.#landing;
    if (!landing || landing.isSettled || !this.#parts.haveLanded) return;
    landing.arrived(now);
    const at = this.#parts.landing(this.#clock.direction, landing.hasTakenLong(now));
    if (at === undefined) return;
    landing.settle();
    if (at === 'there') return;
    // No camera has footage there: it is where the first of the servers went on.
    const before = landing.isStepBack ? this.#conditions.beforeHoles(this.#target) : undefined;
    this.#target = at;
    if (this.#isScrubbing) return;
    if (before !== undefined) {
      this.#goTo(before);
      return;
    }
    this.#clock.set(at, now);
    // While it stands a server sends the first picture of one camera alone.
    const isAlone = !this.#wantsPlay && this.tiles.size > 1;
    if (isAlone) this.#goTo(this.#conditions.togetherFrom(at));
  }

  #hostOf(camera: string): TileHost {
    return {
      taken: (sequence) => this.#parts.of(camera)?.taken(sequence),
      wake: () => this.#wake(),
      failed: (code) => {
        this.#conditions.trouble(camera, code === undefined ? code : { code, message: '' });
        this.#wake();
      },
      restart: () => {
        const [part, now] = [this.#parts.of(camera), performance.now()];
        if (!part || part.isWaiting) return;
        if (this.#parts.isAlone(part) || this.#landing) this.#goTo(this.#moment(now));
        else part.restart(this.#chase(now));
      },
    };
  }

  // ---- going to a position

  #goTo(position: number, isStepBack = false): void {
    const to = whole(position);
    this.#jump(to, isStepBack);
    this.#parts.seek(to);
    this.#wake();
  }

  /** The clock is there at once, and waits for the first pictures. */
  #jump(position: number, isStepBack = false): void {
    const now = performance.now();
    this.#clock.stop(now);
    this.#clock.set(position, now);
    this.#target = position;
    this.#landing = new Landing(isStepBack);
    this.#steps.answered();
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
    this.#land(now);
    if (!this.#landing && !this.#isScrubbing) {
      this.#parts.follow(this.#chase(now), this.#clock.isRunning, now);
    }
    this.#parts.look(now);
    this.#pace(now);
    const isBusy = this.#show(now);
    const isTold = this.#parts.tell({ ...this.#chase(now), position: this.#moment(now) }, now);
    const position = this.#clock.position(now);
    if (position !== this.#shownPosition) {
      this.#shownPosition = position;
      this.#moved.tell();
    }
    const isLanding = this.#landing !== undefined && !this.#parts.areEnded;
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
      if (!isComplete) this.#parts.leaveSilent();
      this.#landing = undefined;
      this.#gate.answered();
      this.#wake();
    }
    return isBusy;
  }

  #stepOn(now: number): void {
    const reach = this.#parts.reach(1) ?? Number.NEGATIVE_INFINITY;
    const place = this.#screens.place(this.#clock.position(now));
    const action = this.#steps.next({ ...place, reach });
    if (!action) return;
    if (action === 'ask') this.#parts.step(place.next, now);
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
    const isEnded = this.#parts.areEnded;
    const isLanding = this.#landing && (!isEnded || this.#landing.isUnderWay);
    if (!this.#wantsPlay || isLanding || this.#isScrubbing) {
      clock.stop(now);
      return;
    }
    const reach = this.#parts.reach(clock.direction);
    const over = (at: number, direction: 1 | -1) => this.#parts.over(at, direction);
    if (pace(clock, { reach, over, isEnded }, now)) return;
    if (reach !== undefined) clock.set(reach, now);
    this.#parts.play(false);
    this.#publish({ wantsPlay: false });
  }

  // ---- what the page is told

  #phase(): PlaybackPhase {
    const { servers } = this.#store.current;
    if (!servers.some(({ socket }) => socket === 'open')) return 'connecting';
    const isEnded = this.#parts.areEnded;
    if (this.#landing && !isEnded) return 'buffering';
    if (!this.#wantsPlay) return isEnded ? 'ended' : 'paused';
    return this.#clock.isRunning ? 'playing' : 'buffering';
  }

  #publish(change: Partial<PlaybackSnapshot>): void {
    this.#store.publish(change);
    this.#wake();
  }
}

// One server of a playback: its connection, what came over it since the last seek, what is wrong with it,
// and whether the others wait for it.
import type { ServerMessage } from '../../protocol/messages.js';
import type { PictureHeader } from '../../protocol/picture.js';
import type { ServerConnection, SocketState } from '../api/index.js';
import { CatchUp, type Chase } from './catch-up.js';
import type { Conditions } from './conditions.js';
import { Incoming } from './incoming.js';
import type { AwaitedLane } from './patience.js';
import { type Connect, type Opening, Remote, whole } from './remote.js';
import type { Screens } from './screens.js';
import { Skips } from './skips.js';
import type { Refusal, ServerState } from './snapshot.js';

/** What a part asks of the playback, and tells it. */
export interface PartHost {
  /** What to open with, also after the connection was lost. */
  opening(part: Part): Opening;
  /** UTC milliseconds, where tickets are asked for. */
  position(): number;
  readonly direction: 1 | -1;
  /** What comes of it counts: a seek goes to all, and the clock waits for its outcome. */
  readonly isLanding: boolean;
  /** Pictures come by themselves. */
  readonly isPlaying: boolean;
  /** It went on elsewhere by itself. */
  onMoved(part: Part, position: number): void;
  /** A seek was refused, or is lost. */
  onSilence(part: Part): void;
  /** A picture came that counts. */
  onPicture(): void;
  /** Its connection is another one, or something is wrong with it, or no longer. */
  onState(): void;
  wake(): void;
}

export interface PartOptions {
  server: ServerConnection;
  /** `''`: the server itself. */
  nodeId: string;
  cameras: readonly string[];
  screens: Screens;
  conditions: Conditions;
  connect?: Connect;
  host: PartHost;
}

/** Without a word for so long it does not answer. */
const SILENT_MS = 4000;
/** Within which a server that is alive says where it stands, while it plays. */
const WORD_MS = 1500;
/** For so long a server waits for footage that is being recorded. */
const RECORDED_WITHIN_MS = 30_000;
/** A single picture that was asked for takes no longer. */
const STEP_MS = 1500;

export class Part implements AwaitedLane {
  readonly cameras: readonly string[];
  readonly skips = new Skips();
  readonly #host: PartHost;
  readonly #conditions: Conditions;
  readonly #screens: Screens;
  readonly #remote: Remote;
  readonly #incoming: Incoming;
  readonly #catchUp = new CatchUp();
  /** Cameras without which it opened. */
  readonly #left = new Set<string>();
  #socket: SocketState = 'closed';
  #wasOpen = false;
  #isEnded = false;
  #isBuffering = false;
  #isLate = false;
  #asked = Number.NaN;
  #landed: 'there' | number | undefined;
  #heardAt = performance.now();
  /** It did not answer, and is asked again when there is a word of it. */
  #silentAt: number | undefined;
  #stepAskedAt: number | undefined;
  #refusal: Refusal | undefined;
  #cameraRefusal: Refusal | undefined;
  #fault: string | undefined;

  constructor(private readonly options: PartOptions) {
    const { server, cameras, screens, conditions, connect, host } = options;
    this.cameras = cameras;
    this.#host = host;
    this.#conditions = conditions;
    this.#screens = screens;
    this.#incoming = new Incoming(screens, cameras);
    this.#remote = new Remote({
      ...{ server, cameras },
      ...(connect && { connect }),
      beginning: () => whole(host.position()),
      opening: () => this.#opening(),
      onSought: (position, wasAsked) => this.#sought(position, wasAsked),
      onMessage: (message) => this.#take(message),
      onInit: (init) => this.#incoming.init(init),
      onPicture: (header, data, counts) => this.#picture(header, data, counts),
      onState: (state) => this.#onState(state),
      onSilence: () => host.onSilence(this),
    });
  }

  // ---- what it is like

  get reach(): number | undefined {
    return this.#incoming.reach;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isLate(): boolean {
    return this.#isLate;
  }

  get landed(): 'there' | number | undefined {
    return this.#landed;
  }

  /** What comes is of before the last seek. */
  get isWaiting(): boolean {
    return this.#remote.isWaiting;
  }

  get state(): ServerState {
    const { isSealed: sealed, route } = this.#remote;
    return { nodeId: this.options.nodeId, socket: this.#socket, sealed, route };
  }

  /** Why requests to it are refused. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Why one about a single camera was. */
  get cameraRefusal(): Refusal | undefined {
    return this.#cameraRefusal;
  }

  /** A single picture was asked for and does not come. */
  isStepOverdue(now: number): boolean {
    return this.#stepAskedAt !== undefined && now - this.#stepAskedAt > STEP_MS;
  }

  mayComeYet(position: number): boolean {
    const isAlive = performance.now() - this.#heardAt < WORD_MS;
    return isAlive && this.#isBuffering && Date.now() - position < RECORDED_WITHIN_MS;
  }

  // ---- what is asked of it

  open(): void {
    this.#remote.open();
  }

  close(): void {
    this.#remote.close();
  }

  play(isPlaying: boolean): void {
    this.#remote.play(isPlaying);
  }

  speed(speed: number, turns: boolean): void {
    this.#remote.speed(speed, turns);
  }

  /** `position`: whole UTC milliseconds. */
  seek(position: number): void {
    this.#begin(position);
    if (this.#socket === 'open') this.#screens.leave(this.cameras);
    this.#remote.seek(position);
  }

  /** One more picture; it says once that it is asked for. */
  step(now: number): void {
    if (this.#stepAskedAt !== undefined) return;
    this.#stepAskedAt = now;
    this.#remote.step();
  }

  /** Tells the server how much was taken. False where it has to be tried again. */
  tell(clock: { position: number; speed: number }, now: number): boolean {
    return this.#incoming.tell(clock, now, (through) => this.#remote.taken(through));
  }

  taken(sequence: number): void {
    this.#incoming.taken(sequence);
  }

  /** Begins anew a little ahead of the clock; the others go on. */
  restart(chase: Chase): void {
    this.seek(this.ahead(chase));
    // It may have stopped by itself, at the end of what its tickets are for.
    if (chase.isRunning) this.#remote.play(true);
  }

  // ---- whether it is waited for

  /** The others go on without it, until it is in step again. */
  leaveBehind(): void {
    this.#stepAskedAt = undefined;
    this.#setLate(true);
  }

  joinIn(): void {
    this.#setLate(false);
  }

  /** It does not answer; it is asked again when there is a word of it. */
  giveUp(): void {
    this.#silentAt = performance.now();
    this.leaveBehind();
  }

  /** Where to ask it for pictures while the others play. UTC milliseconds. */
  ahead(chase: Chase): number {
    this.leaveBehind();
    return whole(this.#catchUp.next(chase));
  }

  /** With each picture of the screen, while no seek of all is under way. */
  follow(chase: Chase): void {
    if (!this.#isLate || this.#socket !== 'open') return;
    if (this.#silentAt !== undefined) {
      if (this.#heardAt > this.#silentAt) this.restart(chase);
      return;
    }
    if (this.#remote.isWaiting) return;
    const reach = this.#landed === undefined ? undefined : this.reach;
    const state = this.#catchUp.state({ asked: this.#asked, reach }, chase, Date.now());
    if (state === 'with' || this.#isEnded) this.joinIn();
    else if (state === 'behind') this.restart(chase);
  }

  /** What is wrong with it, for its tiles: whether it is known or not, it is told once. */
  look(now: number): void {
    const fault = this.#findFault(now);
    if (fault?.code === this.#fault) return;
    this.#fault = fault?.code;
    this.#conditions.fault(this.cameras, fault);
    this.#host.wake();
  }

  #findFault(now: number): Refusal | undefined {
    if (this.#refusal) return this.#refusal;
    // Each of its cameras says so by itself.
    if (this.#left.size === this.cameras.length) return undefined;
    const isNode = this.options.nodeId !== '';
    const isLost = this.#socket === 'waiting' || (this.#wasOpen && this.#socket !== 'open');
    if (isLost) return { code: isNode ? 'ERR_NODE_UNREACHABLE' : 'ERR_UNREACHABLE', message: '' };
    const isToSpeak = this.#host.isPlaying && !this.#isEnded;
    const isQuiet = isToSpeak && now - this.#heardAt > SILENT_MS;
    const isSilent = this.#isLate && (isQuiet || this.#silentAt !== undefined);
    if (this.#socket !== 'open' || !isSilent) return undefined;
    return { code: isNode ? 'ERR_NODE_TIMEOUT' : 'ERR_TIMEOUT', message: '' };
  }

  #setLate(isLate: boolean): void {
    if (!isLate) this.#catchUp.done();
    if (this.#isLate === isLate) return;
    this.#isLate = isLate;
    this.#conditions.late(this.cameras, isLate);
    this.#host.wake();
  }

  // ---- what comes

  #opening(): Opening & { cameras: string[] } {
    this.#incoming.reset();
    const opening = this.#host.opening(this);
    this.#begin(opening.position);
    return { ...opening, cameras: this.cameras.filter((camera) => !this.#left.has(camera)) };
  }

  /** Something else is asked for: what is known of before it does not count. */
  #begin(asked: number): void {
    this.#asked = asked;
    this.#landed = undefined;
    this.#isEnded = false;
    this.#isBuffering = false;
    this.#silentAt = undefined;
    this.#stepAskedAt = undefined;
    this.skips.clear();
    this.#conditions.jumped(this.cameras);
  }

  #sought(position: number, wasAsked: boolean): void {
    this.#heard();
    this.#incoming.begin();
    this.#refused({});
    if (wasAsked) return;
    this.#begin(position);
    this.#host.onMoved(this, position);
  }

  #take(message: Exclude<ServerMessage, { type: 'sought' }>): void {
    this.#heard();
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
        if (this.#remote.isWaiting) break;
        if (message.cameraId) this.#conditions.hole(message.cameraId, message);
        else if (message.skipped) this.skips.add(message);
        break;
      case 'position':
        if (this.#remote.isWaiting) break;
        this.#isBuffering = message.state === 'buffering';
        this.#isEnded = message.state === 'ended';
        if (this.#isEnded && this.#host.direction > 0) this.#incoming.ended();
        break;
      case 'error':
        this.#onError(message);
        break;
      default:
        return;
    }
    this.#host.wake();
  }

  #onError({ code, message, cameraId }: Refusal & { cameraId?: string }): void {
    const refusal = { code, message };
    if (cameraId === undefined) {
      this.#refused({ refusal });
      // Nothing of what was asked for comes.
      if (this.#remote.isWaiting || this.#socket !== 'open') this.leaveBehind();
      return;
    }
    if (!this.#remote.isOpening || !this.cameras.includes(cameraId)) {
      this.#refused({ cameraRefusal: refusal });
      return;
    }
    // Not one of them is played where one is refused: the others are asked for without it.
    this.#conditions.trouble(cameraId, { code, message });
    this.#left.add(cameraId);
    if (this.#left.size < this.cameras.length) {
      this.#remote.renew();
      return;
    }
    this.leaveBehind();
    this.#remote.close();
  }

  #refused(now: { refusal?: Refusal; cameraRefusal?: Refusal }): void {
    const [refusal, cameraRefusal] = [this.#refusal, this.#cameraRefusal];
    this.#refusal = now.refusal;
    this.#cameraRefusal = now.cameraRefusal;
    const isSame = refusal === now.refusal && cameraRefusal === now.cameraRefusal;
    if (!isSame) this.#host.onState();
  }

  #picture(header: PictureHeader, data: Uint8Array, counts: boolean): void {
    this.#heard();
    const { direction } = this.#host;
    this.#incoming.picture(header, data, counts, direction);
    if (counts) {
      this.#stepAskedAt = undefined;
      if (!header.preroll) this.#land(header.time / 1000, header.afterGap, direction);
      this.#host.onPicture();
    }
    this.#host.wake();
  }

  /** `time`: of a picture that will be shown. */
  #land(time: number, afterGap: boolean, direction: 1 | -1): void {
    if (this.#landed !== undefined) return;
    const isBehind = (time - this.#asked) * direction > 0;
    // Pictures that are shown before it may be decoded after it.
    if (isBehind && !afterGap) return;
    this.#landed = isBehind ? time : 'there';
    if (this.#host.isLanding) this.joinIn();
  }

  #heard(): void {
    this.#heardAt = performance.now();
  }

  #onState(state: SocketState): void {
    this.#socket = state;
    if (state === 'open') this.#wasOpen = true;
    // Who comes back joins the others where they are.
    if (state === 'waiting' || (state === 'connecting' && this.#wasOpen)) this.leaveBehind();
    this.#host.onState();
  }
}

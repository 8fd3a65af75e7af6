// Servers of a playback without a network: each has spans of footage of one camera, sends as fast as it
// plays, and can be frozen or cut off. And tiles that show what is due at once.
import type { PlaybackRequest, ServerMessage } from '../../../../examples/nvr/protocol/messages.js';
import type { PictureHeader } from '../../../../examples/nvr/protocol/picture.js';
import type { PlaybackSocketOptions } from '../../../../examples/nvr/web/playback/playback-socket.js';
import type { PlaybackLink } from '../../../../examples/nvr/web/playback/remote.js';
import type {
  Moment,
  Tile,
  TileHost,
  TilePicture,
} from '../../../../examples/nvr/web/playback/tile.js';

export const FRAME_MS = 40;
const KEY_MS = 1000;
const AHEAD_MS = 2000;
const TURN_MS = 10;
const TELL_MS = 250;

export interface Span {
  /** UTC milliseconds, half open. */
  start: number;
  end: number;
}

export interface ScriptOptions {
  camera: string;
  footage: readonly Span[];
  /** One way. */
  latencyMs?: number;
}

type State = 'playing' | 'paused' | 'buffering' | 'ended';

export class ScriptedServer implements PlaybackLink {
  readonly route = undefined;
  readonly isSealed = false;
  /** Of everything that it was asked for. */
  readonly asked: PlaybackRequest[] = [];
  footage: readonly Span[];
  isFrozen = false;
  readonly #camera: string;
  readonly #latency: number;
  #socket: PlaybackSocketOptions | undefined;
  #isOpen = false;
  /** Of each connection: what is on its way over an older one is lost. */
  #connection = 0;
  #held: (() => void)[] = [];
  #epoch = -1;
  #refusedCamera: string | undefined;
  #refusal: string | undefined;
  #position = 0;
  #speed = 1;
  #isPlaying = false;
  #state: State = 'buffering';
  /** Of the picture that comes next; undefined: there is none. */
  #next: number | undefined;
  #afterGap = true;
  #isFresh = true;
  #sent: number[] = [];
  #taken = 0;
  #shownAt: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #told = 0;

  constructor({ camera, footage, latencyMs = 15 }: ScriptOptions) {
    this.#camera = camera;
    this.footage = footage;
    this.#latency = latencyMs;
  }

  connect(options: PlaybackSocketOptions): PlaybackLink {
    this.#socket = options;
    return this;
  }

  /** How much it sent that nobody said was taken, UTC milliseconds behind what was. */
  get aheadMs(): number {
    return (this.#sent.at(-1) ?? 0) - (this.#shownAt ?? this.#sent.at(-1) ?? 0);
  }

  // ---- the connection

  open(): void {
    this.#socket?.onState('connecting');
    this.restore();
  }

  close(): void {
    this.#end('closed');
  }

  renew(): void {
    this.#end('connecting');
    this.restore();
  }

  /** The connection is lost, and stays so until {@link restore}. */
  cut(): void {
    this.#end('waiting');
  }

  restore(): void {
    const connection = this.#connection;
    setTimeout(() => {
      if (this.#connection !== connection || !this.#socket) return;
      this.#isOpen = true;
      [this.#sent, this.#taken, this.#epoch] = [[], 0, -1];
      const { opening, onState } = this.#socket;
      this.#request({ type: 'open', ...opening() });
      onState('open');
      this.#timer = setInterval(() => this.#turn(), TURN_MS);
    }, 2 * this.#latency);
  }

  /** Every seek, with that code; undefined: none any more. */
  refuse(code: string | undefined): void {
    this.#refusal = code;
  }

  /** Opens nothing where that camera is among those asked for. */
  refuseCamera(camera: string): void {
    this.#refusedCamera = camera;
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
    for (const work of this.#held.splice(0)) work();
  }

  send(request: PlaybackRequest): boolean {
    if (!this.#isOpen) return false;
    this.#request(request);
    return true;
  }

  #end(state: 'closed' | 'connecting' | 'waiting'): void {
    this.#connection += 1;
    this.#isOpen = false;
    this.#held = [];
    clearInterval(this.#timer);
    this.#socket?.onState(state);
  }

  #request(request: PlaybackRequest): void {
    this.asked.push(request);
    this.#later(() => {
      if (this.isFrozen) this.#held.push(() => this.#handle(request));
      else this.#handle(request);
    });
  }

  #later(work: () => void): void {
    const connection = this.#connection;
    setTimeout(() => {
      if (this.#connection === connection) work();
    }, this.#latency);
  }

  #tell(message: ServerMessage): void {
    this.#later(() => this.#socket?.onMessage(message));
  }

  // ---- the playback

  #handle(request: PlaybackRequest): void {
    switch (request.type) {
      case 'open':
        if (request.cameras.some((camera) => camera === this.#refusedCamera)) {
          const cameraId = this.#refusedCamera as string;
          this.#tell({ type: 'error', code: 'ERR_FORBIDDEN', message: '', cameraId });
          return;
        }
        this.#isPlaying = request.playing ?? false;
        this.#speed = request.speed ?? 1;
        this.#tell({
          ...{ type: 'stream', cameraId: this.#camera, stream: 1, wanted: 'FULLSCREEN' },
          ...{ quality: 'FULLSCREEN', codec: 'avc1.64001f', width: 640, height: 360 },
        });
        this.#go(request.position);
        break;
      case 'seek':
        if (this.#refusal !== undefined) {
          this.#tell({ type: 'error', code: this.#refusal, message: '' });
          return;
        }
        this.#go(request.position);
        break;
      case 'speed': {
        const turns = Math.sign(request.speed) !== Math.sign(this.#speed);
        this.#speed = request.speed;
        if (turns) this.#go(this.#position);
        break;
      }
      case 'play':
      case 'pause':
        this.#isPlaying = request.type === 'play';
        if (this.#state !== 'ended') this.#state = this.#isPlaying ? 'playing' : 'paused';
        break;
      case 'step':
        this.#isPlaying = false;
        if (this.#next !== undefined) this.#deliver();
        break;
      case 'taken':
        this.#taken = request.through;
        this.#shownAt = this.#sent[this.#taken - 1] ?? this.#shownAt;
        break;
    }
  }

  get #direction(): 1 | -1 {
    return this.#speed < 0 ? -1 : 1;
  }

  #go(position: number): void {
    this.#epoch += 1;
    this.#position = position;
    this.#shownAt = undefined;
    this.#sent = this.#sent.map(() => position);
    this.#isFresh = true;
    this.#afterGap = true;
    this.#state = 'buffering';
    this.#tell({ type: 'sought', position, epoch: this.#epoch });
    const inside = this.footage.find(({ start, end }) => position >= start && position < end);
    if (!inside) {
      const before = this.footage.filter(({ end }) => end <= position).at(-1)?.end ?? 0;
      const after = this.footage.find(({ start }) => start > position)?.start;
      const end = after ?? Date.now();
      const reason = after === undefined ? 'end' : 'off';
      const gap = { start: before, end, reason, skipped: false };
      this.#tell({ type: 'gap', cameraId: this.#camera, ...gap });
    }
    this.#next = this.#from(position);
    if (!inside || this.#next === undefined || this.#direction < 0) return;
    this.#send(inside.start, { preroll: true, key: true });
    this.#afterGap = false;
    this.#deliver();
  }

  /** The picture of a moment, or the first behind it. */
  #from(position: number): number | undefined {
    if (this.#direction < 0) {
      const span = this.footage.findLast(({ start }) => start <= position);
      if (!span) return undefined;
      const at = Math.min(position, span.end - FRAME_MS);
      return span.start + Math.floor((at - span.start) / KEY_MS) * KEY_MS;
    }
    const span = this.footage.find(({ end }) => end > position);
    if (!span) return undefined;
    const at = Math.max(position, span.start);
    return span.start + Math.floor((at - span.start) / FRAME_MS) * FRAME_MS;
  }

  #after(time: number): number | undefined {
    return this.#from(this.#direction > 0 ? time + FRAME_MS : time - 1);
  }

  /** What its clock brings. */
  #turn(): void {
    if (this.isFrozen) return;
    if (this.#isPlaying && this.#state === 'playing') this.#position += TURN_MS * this.#speed;
    this.#deliverDue();
    this.#told += TURN_MS;
    if (this.#told < TELL_MS || this.#state === 'paused') return;
    this.#told = 0;
    this.#tellPosition();
  }

  #deliverDue(): void {
    for (;;) {
      const next = this.#next;
      if (next === undefined) {
        if (this.#state !== 'ended') this.#enter('ended');
        return;
      }
      if (!this.#isPlaying && !this.#isFresh) return;
      if (this.#isBehindHole(next)) this.#skipTo(next);
      if (this.#isPlaying) this.#enter('playing');
      const isDue = (next - this.#position) * this.#direction <= 0;
      if (!this.#hasCredit || (this.#isPlaying && !isDue)) return;
      this.#deliver();
    }
  }

  #isBehindHole(next: number): boolean {
    const span = this.footage.find(({ start, end }) => next >= start && next < end);
    const edge = this.#direction > 0 ? span?.start : span?.end;
    return edge !== undefined && (edge - this.#position) * this.#direction > AHEAD_MS;
  }

  #skipTo(next: number): void {
    const [from, to] = [this.#position, next];
    const hole = { start: Math.min(from, to), end: Math.max(from, to) };
    this.#tell({ type: 'gap', ...hole, reason: 'off', skipped: true });
    this.#position = next;
    this.#afterGap = true;
  }

  get #hasCredit(): boolean {
    const newest = this.#sent.at(-1);
    if (this.#taken >= this.#sent.length || newest === undefined) return true;
    const ahead = Math.abs(newest - (this.#shownAt ?? newest));
    return ahead < AHEAD_MS * Math.max(1, Math.abs(this.#speed));
  }

  #deliver(): void {
    const time = this.#next;
    if (time === undefined) return;
    this.#send(time, { preroll: false, key: true });
    this.#isFresh = false;
    this.#afterGap = false;
    this.#shownAt ??= time;
    this.#next = this.#after(time);
  }

  #send(time: number, { preroll, key }: { preroll: boolean; key: boolean }): void {
    this.#sent.push(time);
    const header: PictureHeader = {
      ...{ kind: 'fragment', key, afterGap: this.#afterGap, preroll, audio: false },
      ...{ epoch: this.#epoch & 0xff, stream: 1, time: time * 1000, decodeTime: time * 1000 },
      ...{ compositionOffset: 0, payloadOffset: 32 },
    };
    this.#later(() => this.#socket?.onPicture(header, new Uint8Array(32)));
  }

  #enter(state: State): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#tellPosition();
  }

  #tellPosition(): void {
    const [position, state, speed] = [Math.round(this.#position), this.#state, this.#speed];
    this.#tell({ type: 'position', position, state, speed });
  }
}

/** Takes each picture at once, however early it comes. */
export class ScriptedTile implements Tile {
  readonly screen = {} as HTMLElement;
  #shown: number | undefined;

  constructor(private readonly host: TileHost) {}

  get shown(): number | undefined {
    return this.#shown;
  }

  push({ sequence }: TilePicture): void {
    this.host.taken(sequence);
    this.host.wake();
  }

  tick({ due }: Moment): boolean {
    this.#shown = due ?? this.#shown;
    return false;
  }

  async snapshot(): Promise<Blob | undefined> {
    return undefined;
  }

  init(): void {}
  reset(): void {}
  resize(): void {}
  close(): void {}
}

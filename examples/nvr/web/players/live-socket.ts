// One connection for all live pictures of a server: tiles say what they want, it asks for it once. Cameras
// of another server need tickets, and are called otherwise there.
import type { PtzCommand } from '../../protocol/cameras.js';
import type { ClientCodec, ServerMessage } from '../../protocol/messages.js';
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { Quality } from '../../protocol/values.js';
import { ApiProblem } from '../api/problem.js';
import { type MessageOf, ReconnectingSocket, type SocketState } from '../api/socket.js';
import { idHere, idThere } from '../federation/ids.js';
import type { Passage } from '../federation/node-link.js';
import type { Route } from '../federation/route-choice.js';
import { TicketBook, type TicketBookOptions } from '../federation/ticket-book.js';
import { capabilities } from './capability.js';
import { StreamDirectory } from './demux.js';
import { difference, wished } from './wishes.js';

export type StreamInfo = MessageOf<'stream'>;

/** What a tile hears of its camera. */
export interface LiveSink {
  /** A stream begins or changes; {@link init} follows. */
  stream(info: StreamInfo): void;
  init(init: InitMessage): void;
  /** `message` is the whole of it; whoever takes it may keep it, none may write to it. */
  picture(header: PictureHeader, message: Uint8Array): void;
  /** There are none for now, for the reason of a trouble's code. */
  stopped(code: string, message: string): void;
  /** So many were left out since this client was too slow. */
  dropped(frames: number): void;
  /** The connection: pictures come again by themselves when it is back. */
  connection(state: SocketState): void;
}

/** A tile's part in the connection. */
export interface LiveWatch {
  setQuality(quality: Quality): void;
  /** Has the stream begin again, with its last key frame. */
  restart(): void;
  stop(): void;
}

export interface LiveSocketOptions {
  url: () => string;
  /** Into the first message: another server's token. */
  credentials: () => { sessionToken?: string };
  seals: () => Promise<boolean>;
  onAltered: () => void;
  onMessage: (message: ServerMessage) => void;
  onRefused: () => void;
  /** Of another server, which the one that the page came from knows. */
  node?: { id: string; passage: Passage; ask: TicketBookOptions['ask'] };
}

interface Tile {
  cameraId: string;
  quality: Quality;
  sink: LiveSink;
}

/** So long may a page be hidden before its pictures stop. */
const HIDDEN_GRACE_MS = 1500;
/** A connection to another server that nobody needs is given up. */
const IDLE_MS = 30_000;

/** Opens with the first tile. A hidden page gets nothing; a visible one continues at once. */
export class LiveSocket {
  private readonly socket: ReconnectingSocket;
  private readonly tiles = new Set<Tile>();
  private readonly asked = new Map<string, Quality>();
  private readonly directory = new StreamDirectory();
  private readonly restarts = new Set<string>();
  private codecs: readonly ClientCodec[] = ['h264'];
  private scheduled = false;
  private hidden = false;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  private started = false;
  private readonly book: TicketBook | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LiveSocketOptions) {
    const { node } = options;
    const book = node && this.bookOf(node);
    this.book = book;
    this.socket = new ReconnectingSocket({
      url: options.url,
      // Nothing is said before there is a ticket.
      seals: async () => {
        await book?.whenHeld();
        return options.seals();
      },
      onAltered: options.onAltered,
      onOpen: (send, sealing) => {
        node?.passage.opened();
        const tickets = book?.opened((more) =>
          this.socket.send({ type: 'tickets', tickets: more }),
        );
        if (tickets?.length) send({ type: 'tickets', tickets });
        send({ type: 'hello', codecs: [...this.codecs], ...options.credentials(), ...sealing });
        this.asked.clear();
        this.directory.clear();
        this.schedule();
      },
      onMessage: (message) => this.take(message),
      onBinary: (message) => this.picture(message),
      onState: (state) => {
        if (state !== 'open') book?.ended();
        if (state === 'connecting') book?.prepare();
        for (const tile of this.tiles) tile.sink.connection(state);
      },
      onRefused: options.onRefused,
      ...(node && {
        opensWithin: node.passage.opensWithin,
        onEnded: (how) => {
          book?.ended();
          return node.passage.ended(how);
        },
      }),
    });
  }

  private bookOf({ ask }: NonNullable<LiveSocketOptions['node']>): TicketBook {
    return new TicketBook({
      ask,
      onAdmitted: () => this.schedule(),
      onRefused: (cameraId, error) => {
        const { code, message } =
          error instanceof ApiProblem ? error : { code: 'ERR_TICKET', message: String(error) };
        for (const sink of this.sinks(cameraId)) sink.stopped(code, message);
      },
    });
  }

  /** By which way pictures of another server come. */
  get route(): Route | undefined {
    return this.options.node?.passage.route;
  }

  /** Codecs that this browser shows, as the server was told. */
  get codecsOffered(): readonly ClientCodec[] {
    return this.codecs;
  }

  /** Milliseconds that the server's clock is ahead of ours. */
  get clockOffsetMs(): number {
    return this.socket.clockOffsetMs;
  }

  get state(): SocketState {
    return this.socket.state;
  }

  /** Pictures of now are sealed between the server and this page. */
  get isSealed(): boolean {
    return this.socket.isSealed;
  }

  /** Connects anew, if it is connected: another wish about sealing. */
  renew(): void {
    this.socket.renew();
  }

  watch(cameraId: string, quality: Quality, sink: LiveSink): LiveWatch {
    const tile: Tile = { cameraId, quality, sink };
    const shared = [...this.tiles].some((other) => other.cameraId === cameraId);
    this.tiles.add(tile);
    // Who comes later needs the beginning of the stream, too.
    if (shared) this.restarts.add(cameraId);
    void this.start();
    this.schedule();
    return {
      setQuality: (next) => {
        if (tile.quality === next) return;
        tile.quality = next;
        this.schedule();
      },
      restart: () => {
        this.restarts.add(cameraId);
        this.schedule();
      },
      stop: () => {
        this.tiles.delete(tile);
        this.schedule();
      },
    };
  }

  /** PTZ over the same connection. False where there is none. */
  move(cameraId: string, order: PtzCommand): boolean {
    if (this.book && !this.book.admits(cameraId)) return false;
    return this.socket.send({ type: 'ptz', cameraId: this.there(cameraId), ...order });
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.visibility);
    clearTimeout(this.hiddenTimer);
    clearTimeout(this.idle);
    this.started = false;
    this.book?.close();
    this.socket.close();
    this.asked.clear();
    this.directory.clear();
  }

  private async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    document.addEventListener('visibilitychange', this.visibility);
    this.hidden = document.visibilityState === 'hidden';
    this.codecs = (await capabilities()).codecs;
    // With the first ticket comes where to go.
    await this.book?.whenHeld();
    if (this.started) this.socket.open();
  }

  private readonly visibility = (): void => {
    clearTimeout(this.hiddenTimer);
    if (document.visibilityState === 'hidden') {
      this.hiddenTimer = setTimeout(() => this.setHidden(true), HIDDEN_GRACE_MS);
    } else {
      this.setHidden(false);
    }
  };

  private setHidden(hidden: boolean): void {
    if (this.hidden === hidden) return;
    this.hidden = hidden;
    this.schedule();
  }

  /** What many tiles change at once becomes one message. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.settle();
    });
  }

  private settle(): void {
    const wishes = this.hidden ? [] : wished(this.tiles);
    if (this.book) this.keepTickets(this.book, wishes);
    if (this.socket.state === 'closed') return;
    this.unsubscribe([...this.restarts].filter((id) => this.asked.has(id)));
    this.restarts.clear();
    const { subscribe, unsubscribe } = difference(
      this.asked,
      wishes.filter(({ id }) => this.book?.admits(id) ?? true),
    );
    this.unsubscribe(unsubscribe);
    if (subscribe.length === 0) return;
    const cameras = subscribe.map((wish) => ({ ...wish, id: this.there(wish.id) }));
    if (!this.socket.send({ type: 'subscribe', cameras })) return;
    for (const { id, quality } of subscribe) this.asked.set(id, quality);
  }

  private keepTickets(book: TicketBook, wishes: readonly { id: string }[]): void {
    clearTimeout(this.idle);
    book.want(wishes.map(({ id }) => id));
    if (wishes.length > 0) void this.start();
    else this.idle = setTimeout(() => this.rest(), IDLE_MS);
  }

  /** Until a tile wants something again. */
  private rest(): void {
    this.started = false;
    this.book?.close();
    this.socket.close();
    this.asked.clear();
    this.directory.clear();
  }

  private there(cameraId: string): string {
    return this.options.node ? idThere(cameraId) : cameraId;
  }

  /** A message of another server with its cameras as they are called here. */
  private here(message: ServerMessage): ServerMessage {
    const { node } = this.options;
    if (!node || !('cameraId' in message) || message.cameraId === undefined) return message;
    return { ...message, cameraId: idHere(node.id, message.cameraId) };
  }

  private unsubscribe(cameras: string[]): void {
    if (cameras.length === 0) return;
    const there = cameras.map((id) => this.there(id));
    if (!this.socket.send({ type: 'unsubscribe', cameras: there })) return;
    for (const id of cameras) {
      this.asked.delete(id);
      this.directory.forget(id);
    }
  }

  private *sinks(cameraId: string): Generator<LiveSink> {
    for (const tile of this.tiles) if (tile.cameraId === cameraId) yield tile.sink;
  }

  private picture(message: Uint8Array): void {
    const routed = this.directory.route(message);
    if (!routed) return;
    for (const sink of this.sinks(routed.cameraId)) {
      if (routed.init) sink.init(routed.init);
      else sink.picture(routed.header, message);
    }
  }

  private take(received: ServerMessage): void {
    const message = this.here(received);
    switch (message.type) {
      case 'stream':
        if (!this.asked.has(message.cameraId)) break;
        this.directory.announce(message.cameraId, message.stream);
        for (const sink of this.sinks(message.cameraId)) sink.stream(message);
        break;
      case 'stopped':
        // The lease ended: with another ticket it is asked for again.
        if (this.book && message.code === 'ERR_TICKET') {
          this.asked.delete(message.cameraId);
          this.book.lost(message.cameraId);
        }
        for (const sink of this.sinks(message.cameraId)) {
          sink.stopped(message.code, message.message);
        }
        break;
      case 'drop':
        for (const sink of this.sinks(message.cameraId)) sink.dropped(message.frames);
        break;
      case 'error':
        if (message.cameraId === undefined) break;
        for (const sink of this.sinks(message.cameraId)) {
          sink.stopped(message.code, message.message);
        }
        break;
    }
    this.options.onMessage(message);
  }
}

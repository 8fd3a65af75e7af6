// A browser that cannot reach another server gets its sockets through this one: messages pass as they
// are, both ways, no faster than the slower side takes them and than the session's quota has.
import type { RawData, WebSocket } from 'ws';
import { CLOSE } from '../sockets/connection.js';
import { SentMeter } from '../sockets/sent-meter.js';
import type { SentPictures } from '../sockets/traffic.js';

export interface RelayOptions {
  /** Of the browser. */
  socket: WebSocket;
  /** Connects to the other server, paused; its errors are told to the browser by a close code alone. */
  connect: (signal: AbortSignal) => Promise<WebSocket>;
  /** Aborted when the session ends. */
  ended: AbortSignal;
  /** Bits per second that may go to the browser now. */
  bitsPerSecond: () => number;
}

/** What the browser says before the other side is there. */
const EARLY_BYTES = 256 * 1024;
/** Beyond it the side that sends has to wait. */
const HIGH_WATER = 1 << 20;
const DRAIN_MS = 50;
const CONNECT_MS = 5000;
const PING_MS = 30_000;

/** Close codes that a program may send (RFC 6455 §7.4). */
function sendable(code: number): number {
  const isOwn = code >= 3000 && code <= 4999;
  const isStandard = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return isOwn || isStandard ? code : 1014;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #abort = new AbortController();
  readonly #meter: SentMeter;
  readonly #early: { data: RawData; isBinary: boolean }[] = [];
  readonly #onEnded = () => this.#end(CLOSE.session, 'The session has ended.');
  readonly #ping: NodeJS.Timeout;
  #earlyBytes = 0;
  #node: WebSocket | undefined;
  #drain: NodeJS.Timeout | undefined;
  #isAlive = true;
  #isOver = false;

  /** Listens from here on: call it in the same turn in which the socket came. `over` is called once. */
  constructor(options: RelayOptions, over: () => void) {
    const { socket, ended } = options;
    this.#options = options;
    this.#meter = new SentMeter(options.bitsPerSecond);
    socket.on('message', (data, isBinary) => this.#fromBrowser(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('close', () => {
      this.#close();
      over();
    });
    ended.addEventListener('abort', this.#onEnded, { once: true });
    this.#ping = setInterval(() => this.#checkPulse(), PING_MS).unref();
    if (ended.aborted) this.#onEnded();
    else void this.#connect();
  }

  /** What went to the browser. */
  stats(): SentPictures {
    return this.#meter.stats();
  }

  async #connect(): Promise<void> {
    try {
      const node = await this.#options.connect(
        AbortSignal.any([this.#abort.signal, AbortSignal.timeout(CONNECT_MS)]),
      );
      if (this.#isOver) {
        node.terminate();
        return;
      }
      this.#node = node;
      node.on('message', (data, isBinary) => this.#fromNode(data as Buffer, isBinary));
      node.on('close', (code, reason) => this.#end(sendable(code), String(reason)));
      node.on('error', () => node.terminate());
      node.resume();
      for (const { data, isBinary } of this.#early.splice(0)) node.send(data, { binary: isBinary });
    } catch {
      this.#end(1014, 'The other server does not answer.');
    }
  }

  #fromBrowser(data: RawData, isBinary: boolean): void {
    if (this.#node) {
      this.#node.send(data, { binary: isBinary });
      // Who asks faster than it is taken is no page of ours.
      if (this.#node.bufferedAmount > HIGH_WATER) this.#end(CLOSE.violation, 'Too many messages.');
      return;
    }
    this.#earlyBytes += (data as Buffer).length;
    if (this.#earlyBytes > EARLY_BYTES) this.#end(CLOSE.violation, 'Too many messages.');
    else this.#early.push({ data, isBinary });
  }

  #fromNode(data: Buffer, isBinary: boolean): void {
    const { socket } = this.#options;
    if (this.#isOver) return;
    socket.send(data, { binary: isBinary });
    this.#meter.sent(data.length);
    if (this.#mustWait()) this.#hold();
  }

  #mustWait(): boolean {
    return this.#options.socket.bufferedAmount > HIGH_WATER || this.#meter.waitMs > 0;
  }

  /** The other server sees a slow client then, and leaves out pictures as it does for its own. */
  #hold(): void {
    if (this.#drain !== undefined) return;
    this.#node?.pause();
    this.#drain = setInterval(() => {
      if (this.#mustWait()) return;
      clearInterval(this.#drain);
      this.#drain = undefined;
      this.#node?.resume();
    }, DRAIN_MS);
  }

  #checkPulse(): void {
    if (!this.#isAlive) {
      this.#options.socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#options.socket.ping();
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#options.socket.close(code, reason.slice(0, 100));
    // For the close frame to leave behind what is queued.
    setTimeout(() => this.#options.socket.terminate(), 1000).unref();
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    this.#abort.abort();
    clearInterval(this.#ping);
    clearInterval(this.#drain);
    this.#drain = undefined;
    this.#early.length = 0;
    this.#options.ended.removeEventListener('abort', this.#onEnded);
    this.#node?.terminate();
  }
}

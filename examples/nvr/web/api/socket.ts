// A WebSocket that comes back: JSON messages typed by the protocol, binary ones as they are.
import type { ServerMessage } from '../../protocol/messages.js';
import { SealedChannel } from '../sealed/sealed-channel.js';
import { Backoff } from './backoff.js';
import { ServerClock } from './server-clock.js';

export type SocketState = 'closed' | 'connecting' | 'open' | 'waiting';

export type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** Into the first message: how pictures are asked for. */
export interface SealingRequest {
  sealed?: true;
  clientPublicKey?: string;
}

export interface SocketOptions {
  /** Asked before every attempt. */
  url: () => string;
  /** Says hello and asks again for what was asked for; before anything else is sent. */
  onOpen?: (send: (message: object) => void, sealing: SealingRequest) => void;
  /** Whether pictures are to be sealed; asked for each connection. Never rejects. */
  seals?: () => Promise<boolean>;
  /** A sealed picture does not open: it is not shown, and the connection begins anew. */
  onAltered?: () => void;
  onMessage: (message: ServerMessage) => void;
  /** Opened, where it was sealed. */
  onBinary?: (data: Uint8Array) => void;
  onState?: (state: SocketState) => void;
  /** Milliseconds within which it has to open; asked with each attempt. */
  opensWithin?: () => number | undefined;
  /**
   * A connection is over: it never opened, opened without a word of the server, or was used. True: the
   * next attempt follows at once.
   */
  onEnded?: (how: 'unopened' | 'silent' | 'used') => boolean;
  /** It ended without having been open: why is for `/api/account` to say. */
  onRefused?: () => void;
}

const PING_MS = 30_000;
/** Without any message for so long, pings included, the connection is dead. */
const SILENCE_MS = 45_000;

/** Open it once; it connects, and again after it was lost, until `close()`. */
export class ReconnectingSocket {
  private socket: WebSocket | undefined;
  private readonly backoff = new Backoff();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private lastHeard = 0;
  private opening: ReturnType<typeof setTimeout> | undefined;
  private heard = false;
  private readonly clock = new ServerClock();
  private current: SocketState = 'closed';
  private channel: SealedChannel | undefined;
  /** As the server said once. */
  private mustSeal = false;

  constructor(private readonly options: SocketOptions) {}

  /** Pictures that are not sealed are not taken. */
  get isSealed(): boolean {
    return this.channel !== undefined;
  }

  get state(): SocketState {
    return this.current;
  }

  /** Milliseconds that the server's clock is ahead of ours. */
  get clockOffsetMs(): number {
    return this.clock.offsetMs;
  }

  open(): void {
    if (this.current !== 'closed') return;
    window.addEventListener('online', this.retryNow);
    this.connect();
  }

  close(): void {
    window.removeEventListener('online', this.retryNow);
    clearTimeout(this.timer);
    this.drop();
    this.backoff.reset();
    this.enter('closed');
  }

  /** Another connection, for other settings. */
  renew(): void {
    if (this.current === 'closed' || this.current === 'waiting') return;
    this.drop();
    this.connect();
  }

  /** False where there is no connection: `onOpen` asks for everything anew when there is. */
  send(message: object): boolean {
    if (this.current !== 'open') return false;
    this.socket?.send(JSON.stringify(message));
    return true;
  }

  private enter(state: SocketState): void {
    if (this.current === state) return;
    this.current = state;
    this.options.onState?.(state);
  }

  private readonly retryNow = (): void => {
    if (this.current !== 'waiting') return;
    clearTimeout(this.timer);
    this.connect();
  };

  private connect(): void {
    this.enter('connecting');
    this.heard = false;
    let opened = false;
    const socket = new WebSocket(this.options.url());
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    const within = this.options.opensWithin?.();
    if (within !== undefined) {
      this.opening = setTimeout(() => {
        this.drop();
        this.goOn('unopened');
      }, within);
    }
    socket.onopen = () => {
      opened = true;
      clearTimeout(this.opening);
      this.lastHeard = Date.now();
      if (this.options.seals) void this.beginSealed(socket, this.options.seals);
      else this.begin(socket, {});
    };
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.drop();
      if (!opened) this.options.onRefused?.();
      this.goOn(!opened ? 'unopened' : this.heard ? 'used' : 'silent');
    };
  }

  private goOn(how: 'unopened' | 'silent' | 'used'): void {
    const isAtOnce = this.options.onEnded?.(how) ?? false;
    if (this.current === 'closed') return;
    if (isAtOnce) this.connect();
    else this.wait();
  }

  private begin(socket: WebSocket, sealing: SealingRequest): void {
    this.options.onOpen?.((message) => socket.send(JSON.stringify(message)), sealing);
    this.enter('open');
    this.ping();
    this.ticker = setInterval(() => this.tick(), PING_MS / 2);
  }

  private async beginSealed(socket: WebSocket, seals: () => Promise<boolean>): Promise<void> {
    const wanted = this.mustSeal || (await seals());
    if (this.socket !== socket) return;
    if (!wanted) {
      this.begin(socket, {});
      return;
    }
    const channel = new SealedChannel({
      onOpened: (message) => {
        this.backoff.reset();
        this.options.onBinary?.(message);
      },
      onRefused: (reason) => {
        this.drop();
        this.wait();
        if (reason !== 'slow') this.options.onAltered?.();
      },
    });
    this.channel = channel;
    const clientPublicKey = await channel.publicKey;
    if (this.channel === channel) this.begin(socket, { sealed: true, clientPublicKey });
  }

  private wait(): void {
    this.enter('waiting');
    this.timer = setTimeout(() => this.connect(), this.backoff.next());
  }

  /** A socket that still connects has to be closed, too, or it leaks. */
  private drop(): void {
    clearInterval(this.ticker);
    clearTimeout(this.opening);
    this.channel?.end();
    this.channel = undefined;
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private tick(): void {
    if (Date.now() - this.lastHeard > SILENCE_MS) {
      this.drop();
      this.wait();
      return;
    }
    this.ping();
  }

  private ping(): void {
    if (this.send({ type: 'ping' })) this.clock.asked(Date.now());
  }

  private take(data: unknown): void {
    this.lastHeard = Date.now();
    this.heard = true;
    const { channel } = this;
    if (data instanceof ArrayBuffer) {
      if (channel) {
        channel.open(data);
        return;
      }
      this.backoff.reset();
      this.options.onBinary?.(new Uint8Array(data));
      return;
    }
    const message = parseMessage(data);
    if (!message) return;
    if (message.type === 'pong') this.clock.answered(message.serverTime, Date.now());
    if (!channel) this.plain(message);
    else if (message.type === 'sealed') channel.agree(message.serverPublicKey);
    else channel.inOrder(() => this.options.onMessage(message));
  }

  private plain(message: ServerMessage): void {
    // A server that lets in nobody says so each time.
    if (message.type !== 'error') this.backoff.reset();
    if (message.type === 'error' && message.code === 'ERR_SEALING_REQUIRED' && !this.mustSeal) {
      this.mustSeal = true;
      this.renew();
      return;
    }
    this.options.onMessage(message);
  }
}

function parseMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
    return message as ServerMessage;
  } catch {
    return undefined;
  }
}

// One WebSocket of a client: bounded, paced and checked, alive or ended, and closed with its session.
import { FluxError, isFluxError } from '@fluxvision/core';
import type { RawData, WebSocket } from 'ws';
import type { ServerMessage } from '../../protocol/index.js';
import type { SocketCaller, SocketHost } from './host.js';
import { Pace } from './pace.js';
import type { AnyRequest, ReadRequest } from './requests.js';

/** WebSocket close codes (RFC 6455 §7.4.1; 4000 to 4999 are ours). */
export const CLOSE = { violation: 1008, tooSlow: 1013, goingAway: 1001, session: 4401 } as const;

export interface ConnectionOptions<Request extends AnyRequest> {
  socket: WebSocket;
  /** Undefined: it has to show a token, or tickets, with its first message. */
  caller: SocketCaller | undefined;
  authenticate(token: string): SocketCaller;
  /** Where pages of other servers may come by tickets. */
  redeem?: SocketHost['redeem'];
  read: ReadRequest<Request>;
  /** Errors that it throws or rejects with are told to the client; the connection goes on. */
  handle(request: Request, caller: SocketCaller): void | Promise<void>;
  /** Once, as soon as it is known who it is. */
  begin?(caller: SocketCaller): void;
  /** Once, whoever ended it. */
  end(): void;
}

const PING_MS = 30_000;
const LOGIN_MS = 10_000;
/** For the close frame to leave behind what is queued. */
const CLOSE_MS = 1000;
const MESSAGES_PER_SECOND = 100;
const BURST = 300;
const MAX_BAD_MESSAGES = 10;
/** Beyond it not even news are sent: pictures keep below 1 MiB. */
const MAX_BUFFERED_BYTES = 1.25 * (1 << 20);

export class Connection<Request extends AnyRequest> {
  readonly #options: ConnectionOptions<Request>;
  readonly #socket: WebSocket;
  readonly #pace = new Pace(MESSAGES_PER_SECOND, BURST);
  readonly #ping: NodeJS.Timeout;
  #login: NodeJS.Timeout | undefined;
  #caller: SocketCaller | undefined;
  #isAlive = true;
  #badMessages = 0;
  #closing = false;
  #ended = false;
  readonly #onSessionEnd = () => this.#sessionEnded();

  /** Listens from here on: call it in the same turn in which the socket came. */
  constructor(options: ConnectionOptions<Request>) {
    this.#options = options;
    this.#socket = options.socket;
    this.#socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    this.#socket.on('pong', () => {
      this.#isAlive = true;
    });
    // What was wrong (a message too large: 1009; a broken frame: 1002) ws tells the client by itself.
    this.#socket.on('error', () => this.#terminateSoon());
    this.#socket.on('close', () => this.#onClose());
    this.#ping = setInterval(() => this.#checkPulse(), PING_MS);
    this.#ping.unref();
    if (options.caller) {
      this.#enter(options.caller);
    } else {
      this.#login = setTimeout(() => this.#refuseSession('Log in first.'), LOGIN_MS);
    }
  }

  get caller(): SocketCaller | undefined {
    return this.#caller;
  }

  get isOpen(): boolean {
    return !this.#closing && !this.#ended;
  }

  /** Bytes that have not left yet. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** News go nowhere where the client reads none: it is closed then. */
  send(message: ServerMessage): void {
    if (!this.isOpen) return;
    if (this.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.close(CLOSE.tooSlow, 'It reads too slowly.');
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  sendBinary(message: Uint8Array): void {
    if (this.isOpen) this.#socket.send(message, { binary: true });
  }

  /** A request was refused. */
  refuse(error: unknown, cameraId?: string): void {
    const { code, message } = toldOf(error);
    this.send({ type: 'error', code, message, ...(cameraId !== undefined && { cameraId }) });
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#closing = true;
    this.#socket.close(code, reason);
    this.#terminateSoon();
  }

  #terminateSoon(): void {
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!this.isOpen) return;
    if (!this.#pace.take()) {
      this.refuse(new FluxError('ERR_RATE_LIMIT', 'Too many messages. Send them more slowly.'));
      this.close(CLOSE.violation, 'Too many messages.');
      return;
    }
    const request = isBinary
      ? { problem: 'Messages are JSON text.' }
      : this.#options.read(String(data));
    if ('problem' in request) {
      this.#onBadMessage(request.problem);
      return;
    }
    if (request.type === 'tickets') {
      this.#redeem(request.tickets ?? []);
      return;
    }
    const caller = this.#authenticated(request);
    if (!caller) return;
    caller.session?.touch();
    if (request.type === 'ping') this.send({ type: 'pong', serverTime: Date.now() });
    else void this.#handle(request, caller);
  }

  async #handle(request: Request, caller: SocketCaller): Promise<void> {
    try {
      await this.#options.handle(request, caller);
    } catch (error) {
      this.refuse(error);
    }
  }

  #onBadMessage(problem: string): void {
    this.#badMessages += 1;
    this.refuse(new FluxError('ERR_MESSAGE', problem));
    if (this.#badMessages >= MAX_BAD_MESSAGES)
      this.close(CLOSE.violation, 'Too many bad messages.');
  }

  /** A message may bring a token of its own; it is of the session that the connection has, or begins it. */
  #authenticated({ sessionToken }: Request): SocketCaller | undefined {
    if (sessionToken === undefined) {
      if (!this.#caller) this.#refuseSession('Log in first.');
      return this.#caller;
    }
    try {
      const caller = this.#options.authenticate(sessionToken);
      if (!this.#caller) this.#enter(caller);
      else if (caller.session?.id !== this.#caller.session?.id) {
        throw new FluxError('ERR_SESSION', 'This connection is of another session.');
      }
      return this.#caller;
    } catch (error) {
      this.#refuseSession(toldOf(error).message);
      return undefined;
    }
  }

  #redeem(tickets: readonly string[]): void {
    try {
      const answer = this.#options.redeem?.(tickets, this.#caller);
      if (!answer) throw new FluxError('ERR_TICKET', 'Tickets are not for this.');
      if (!this.#caller) this.#enter(answer.caller);
      answer.caller.session?.touch();
      if (answer.leftOut === 0) return;
      const message = `Of the tickets ${answer.leftOut} were not good. Ask for others.`;
      this.refuse(new FluxError('ERR_TICKET', message));
    } catch (error) {
      this.refuse(error);
      if (!this.#caller) this.close(CLOSE.session, 'The tickets are not good.');
      else if (++this.#badMessages >= MAX_BAD_MESSAGES) {
        this.close(CLOSE.violation, 'Too many bad messages.');
      }
    }
  }

  #enter(caller: SocketCaller): void {
    clearTimeout(this.#login);
    this.#caller = caller;
    const ended = caller.session?.ended;
    if (ended?.aborted) {
      this.#sessionEnded();
      return;
    }
    ended?.addEventListener('abort', this.#onSessionEnd, { once: true });
    this.#options.begin?.(caller);
  }

  #sessionEnded(): void {
    const { session, tickets } = this.#caller ?? {};
    const told = String(session?.ended.reason);
    const code = REASONS.has(told) ? told : 'expired';
    const reason = tickets && code === 'expired' ? NOT_RENEWED : (REASONS.get(code) as string);
    this.send({ type: 'session_expired', reason, code });
    this.close(CLOSE.session, 'The session has ended.');
  }

  #refuseSession(message: string): void {
    this.refuse(new FluxError('ERR_SESSION', message));
    this.close(CLOSE.session, 'Log in first.');
  }

  #checkPulse(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  #onClose(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#ping);
    clearTimeout(this.#login);
    this.#caller?.session?.ended.removeEventListener('abort', this.#onSessionEnd);
    this.#caller?.tickets?.close();
    this.#options.end();
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['expired', 'The session has expired. Log in again.'],
  ['kicked', 'An administrator ended the session.'],
  ['logout', 'You have logged out.'],
  ['password_changed', 'The password was changed. Log in again.'],
  ['permissions_changed', 'Your rights were changed. Log in again.'],
  ['user_disabled', 'The account is disabled.'],
  ['refreshed', 'The session was renewed. Connect again.'],
  ['revoked', 'The server that gave access has taken it back, or its key has ended.'],
  ['replaced', 'Too many logins of this account: a newer one took its place.'],
]);

const NOT_RENEWED = 'The tickets were not renewed. Connect again with others.';

/** What failed in the server stays there. */
function toldOf(error: unknown): { code: string; message: string } {
  if (isFluxError(error)) return { code: error.code, message: error.message };
  return { code: 'ERR_INTERNAL', message: 'Something failed in the server; its log says what.' };
}

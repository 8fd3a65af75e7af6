// /ws/playback: one playback per connection, steered by its messages.
import { FluxError } from '@fluxvision/core';
import type { Static } from 'typebox';
import type { WebSocket } from 'ws';
import type { PlaybackOpen, PlaybackRequest } from '../../protocol/index.js';
import { Connection } from './connection.js';
import { Credit } from './credit.js';
import type { SocketCaller, SocketHost } from './host.js';
import { footageRefusal, requirePermitted } from './permitted-camera.js';
import { PictureSeal } from './picture-seal.js';
import { type PlaybackSink, PlaybackStream } from './playback-stream.js';
import { readPlaybackRequest } from './requests.js';
import { SentMeter } from './sent-meter.js';

/** Of the session's bandwidth, however much its live view takes. */
const LEAST_SHARE = 0.1;

export class PlaybackSocket {
  readonly #host: SocketHost;
  readonly #connection: Connection<PlaybackRequest>;
  readonly #seal: PictureSeal;
  #stream: PlaybackStream | undefined;
  #opened: Static<typeof PlaybackOpen> | undefined;
  #meter: SentMeter | undefined;
  #uncount: (() => void) | undefined;
  #credit = new Credit();
  #ended = false;
  /** Requests come one behind the other, also while one opens. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    host: SocketHost,
    socket: WebSocket,
    caller: SocketCaller | undefined,
    released: () => void,
  ) {
    this.#host = host;
    this.#seal = new PictureSeal(() => this.#connection, host.requiresSealing);
    this.#connection = new Connection<PlaybackRequest>({
      socket,
      caller,
      authenticate: (token) => host.authenticate(token),
      redeem: (tickets, known) => host.redeem(tickets, known),
      read: readPlaybackRequest,
      handle: (request, who) => this.#inTurn(() => this.#handle(request, who)),
      end: () => {
        this.#ended = true;
        void this.#inTurn(async () => this.#stream?.close()).catch(() => {});
        this.#seal.close();
        this.#uncount?.();
        released();
      },
    });
  }

  async #handle(request: PlaybackRequest, caller: SocketCaller): Promise<void> {
    if (this.#ended) return;
    if (request.type === 'tickets') return;
    if (request.type === 'open') return this.#open(request, caller);
    const stream = this.#stream;
    if (!stream) throw new FluxError('ERR_STATE', 'Nothing is played yet: send open first.');
    switch (request.type) {
      case 'play':
        return stream.play();
      case 'pause':
        return stream.pause();
      case 'seek':
        this.#requireFootage(request.position, caller);
        if (!stream.suits(request.position)) return this.#reopen(request.position, caller);
        return stream.seek(request.position);
      case 'speed':
        return stream.setSpeed(request.speed);
      case 'step':
        return stream.step(request.direction);
      case 'taken':
        if (this.#credit.taken(request.through)) return;
        throw new FluxError('ERR_INVALID_ARGUMENT', 'through counts more pictures than were sent.');
    }
  }

  async #open(open: Static<typeof PlaybackOpen>, caller: SocketCaller): Promise<void> {
    for (const id of open.cameras) {
      try {
        requirePermitted(this.#host, caller, 'archive', id);
        const refused = footageRefusal(caller, id, open.position);
        if (refused) throw refused;
      } catch (error) {
        this.#connection.refuse(error, id);
        return;
      }
    }
    this.#opened = open;
    const epoch = this.#stream ? this.#stream.epoch + 1 : 0;
    await this.#stream?.close();
    this.#credit.seek();
    this.#seal.choose(open, caller);
    this.#seal.requireChoice();
    const parts = { credit: this.#credit, epoch };
    this.#stream = await PlaybackStream.open(this.#host, this.#sink(caller), open, parts);
    if (this.#ended) await this.#stream.close();
  }

  /** `ERR_TICKET`, `ERR_TICKET_RANGE`: of whichever camera. */
  #requireFootage(time: number, caller: SocketCaller): void {
    for (const cameraId of this.#opened?.cameras ?? []) {
      const refused = footageRefusal(caller, cameraId, time);
      if (refused) throw refused;
    }
  }

  /** As it was opened and steered, with the streams that are best from there on. */
  async #reopen(position: number, caller: SocketCaller): Promise<void> {
    const [opened, stream] = [this.#opened, this.#stream];
    if (this.#ended || !opened || !stream) return;
    // The connection has its key already.
    const { clientPublicKey: _, ...again } = opened;
    await this.#open({ ...again, ...stream.manner, position: Math.floor(position) }, caller);
  }

  /** Unless it is steered elsewhere meanwhile. */
  #reopenSoon(position: number, caller: SocketCaller): void {
    const [stream, epoch] = [this.#stream, this.#stream?.epoch];
    const reopened = this.#inTurn(async () => {
      const isThere = stream === this.#stream && epoch === stream?.epoch;
      if (isThere) await this.#reopen(position, caller);
    });
    reopened.catch((error) => this.#connection.refuse(error));
  }

  #sink(caller: SocketCaller): PlaybackSink {
    const connection = this.#connection;
    const meter = this.#meterOf(caller);
    return {
      send: (message) => connection.send(message),
      sendBinary: (message) => {
        meter.sent(message.byteLength);
        this.#seal.send(message);
      },
      get waitMs() {
        return meter.waitMs;
      },
      get bufferedAmount() {
        return connection.bufferedAmount;
      },
      refusal: (id, time, leads) => footageRefusal(caller, id, time, leads),
      reopen: (position) => this.#reopenSoon(position, caller),
    };
  }

  /** Pictures of all sockets of a session count: live view has its share first. */
  #meterOf({ session }: SocketCaller): SentMeter {
    if (this.#meter) return this.#meter;
    const { traffic, quotaOf } = this.#host;
    const meter: SentMeter = new SentMeter(() => {
      if (!session) return Number.MAX_SAFE_INTEGER;
      const most = quotaOf(session).maxBandwidthMbps * 1e6;
      const others = traffic.ofSession(session.id).bitsPerSecond - meter.stats().bitsPerSecond;
      return Math.max(most * LEAST_SHARE, most - others);
    });
    this.#meter = meter;
    this.#uncount = traffic.count(session?.id, () => meter.stats());
    return meter;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

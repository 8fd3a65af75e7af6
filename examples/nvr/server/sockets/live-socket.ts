// /ws/live: pictures of any number of cameras over one connection, as good as it and its quota can take.
import type { Viewer } from '@fluxvision/core';
import { FluxError } from '@fluxvision/core';
import type { Static } from 'typebox';
import type { WebSocket } from 'ws';
import type { Hello, LiveRequest, Ptz, StreamStarted, Subscribe } from '../../protocol/index.js';
import { CLOSE, Connection } from './connection.js';
import type { SocketCaller, SocketHost } from './host.js';
import { JsonFrames } from './json-frames.js';
import { requirePermitted } from './permitted-camera.js';
import { PictureSeal } from './picture-seal.js';
import type { LiveQuality } from './qualities.js';
import { readLiveRequest } from './requests.js';
import { lowered, SlowClient } from './slow-client.js';

const WATCH_MS = 1000;
const WAITING_BYTES = 256 << 10;

interface Wanted {
  quality: LiveQuality;
  fps?: number;
}

export class LiveSocket {
  readonly #host: SocketHost;
  readonly #connection: Connection<LiveRequest>;
  readonly #seal: PictureSeal;
  readonly #slow = new SlowClient();
  /** What the client asked for, also while a camera is away. */
  readonly #wanted = new Map<string, Wanted>();
  #hello: Static<typeof Hello> = { type: 'hello' };
  #json: JsonFrames | undefined;
  #viewer: Viewer | undefined;
  #watch: NodeJS.Timeout | undefined;
  #dropped = 0;
  #uncount: (() => void) | undefined;
  readonly #onTicket = (id: string) => this.#checkTicket(id);
  readonly #onAdded = ({ id }: { id: string }) => this.#resume(id);
  readonly #onQuota = (sessionId: string) => {
    const { session } = this.#connection.caller ?? {};
    if (session?.id === sessionId) this.#viewer?.setQuota(this.#host.quotaOf(session));
  };

  constructor(
    host: SocketHost,
    socket: WebSocket,
    caller: SocketCaller | undefined,
    released: () => void,
  ) {
    this.#host = host;
    host.cameras.on('added', this.#onAdded);
    host.bus.on('quota', this.#onQuota);
    this.#seal = new PictureSeal(() => this.#connection, host.requiresSealing);
    this.#connection = new Connection<LiveRequest>({
      socket,
      caller,
      authenticate: (token) => host.authenticate(token),
      redeem: (tickets, known) => host.redeem(tickets, known),
      begin: (who) => void who.tickets?.on('changed', this.#onTicket),
      read: readLiveRequest,
      handle: (request, who) => this.#handle(request, who),
      end: () => {
        this.#end();
        released();
      },
    });
  }

  #handle(request: LiveRequest, caller: SocketCaller): void | Promise<void> {
    switch (request.type) {
      // Of the connection.
      case 'tickets':
      case 'ping':
        return;
      case 'hello':
        this.#greet(request, caller);
        return;
      case 'subscribe':
        this.#seal.requireChoice();
        for (const camera of request.cameras) this.#subscribe(camera, caller);
        return;
      case 'unsubscribe':
        for (const id of request.cameras) this.#unsubscribe(id);
        return;
      case 'ptz':
        return this.#move(request, caller);
    }
  }

  #greet(hello: Static<typeof Hello>, caller: SocketCaller): void {
    if (this.#viewer) throw new FluxError('ERR_STATE', 'hello comes before the first subscribe.');
    if (hello.sealed && hello.frames === 'json') {
      throw new FluxError('ERR_INVALID_ARGUMENT', 'Only binary pictures can be sealed.');
    }
    this.#seal.choose(hello, caller);
    this.#hello = hello;
    this.#json = hello.frames === 'json' ? new JsonFrames() : undefined;
  }

  #subscribe(camera: Static<typeof Subscribe>['cameras'][number], caller: SocketCaller): void {
    const { id, quality = 'GRID_VIEW', fps } = camera;
    try {
      requirePermitted(this.#host, caller, 'live', id);
      const wanted = { quality, ...(fps !== undefined && { fps }) };
      this.#ask(id, wanted, caller);
      this.#wanted.set(id, wanted);
      caller.session?.subscriptions.set(id, quality);
    } catch (error) {
      this.#connection.refuse(error, id);
    }
  }

  #ask(id: string, { quality, fps }: Wanted, caller: SocketCaller): void {
    const viewer = this.#openViewer(caller);
    try {
      const now = lowered(quality, this.#slow.steps);
      viewer.subscribe(id, { quality: now, ...(fps !== undefined && { fps }) });
    } catch (error) {
      // It is there, and switched off: its pictures come when it is switched on.
      if (!(error instanceof FluxError) || error.code !== 'ERR_CAMERA_NOT_FOUND') throw error;
      const message = `Camera '${id}' is stopped. Start it to see it.`;
      this.#connection.send({ type: 'stopped', cameraId: id, code: 'ERR_CAMERA_STOPPED', message });
    }
  }

  #unsubscribe(id: string): void {
    this.#viewer?.unsubscribe(id);
    this.#wanted.delete(id);
    this.#json?.end(id);
    this.#connection.caller?.session?.subscriptions.delete(id);
  }

  /** A newer ticket may give less, and one that was not renewed gives nothing. */
  #checkTicket(id: string): void {
    if (!this.#wanted.has(id) || this.#connection.caller?.may('live', id)) return;
    this.#unsubscribe(id);
    const message = `The ticket for camera '${id}' has ended. Ask for another one.`;
    this.#connection.send({ type: 'stopped', cameraId: id, code: 'ERR_TICKET', message });
  }

  /** A camera was started, or its settings changed: its viewers get it back. */
  #resume(id: string): void {
    // The broadcaster hears of it in the same turn.
    setImmediate(() => {
      const wanted = this.#wanted.get(id);
      const { caller, isOpen } = this.#connection;
      if (wanted && caller && isOpen) this.#ask(id, wanted, caller);
    });
  }

  async #move({ cameraId, ...request }: Static<typeof Ptz>, caller: SocketCaller): Promise<void> {
    const { type: _, sessionToken: __, ...command } = request;
    try {
      requirePermitted(this.#host, caller, 'ptz', cameraId);
      await this.#host.ptz(caller, cameraId, command);
    } catch (error) {
      this.#connection.refuse(error, cameraId);
    }
  }

  #openViewer(caller: SocketCaller): Viewer {
    if (this.#viewer) return this.#viewer;
    const { codecs = ['h264'] } = this.#hello;
    const viewer = this.#host.broadcaster.viewer({
      send: (message) => this.#send(message),
      bufferedAmount: () => this.#connection.bufferedAmount,
      codecs,
      ...(caller.session && { quota: this.#host.quotaOf(caller.session) }),
    });
    viewer.on('stream', (stream: Omit<Static<typeof StreamStarted>, 'type'>) => {
      const message = { ...stream, type: 'stream' as const };
      this.#json?.begin(message);
      this.#connection.send(message);
    });
    viewer.on('stopped', (stopped) => this.#connection.send({ ...stopped, type: 'stopped' }));
    viewer.on('drop', (drop) => this.#connection.send({ ...drop, type: 'drop' }));
    this.#watch = setInterval(() => this.#keepUp(viewer), WATCH_MS);
    this.#watch.unref();
    this.#uncount = this.#host.traffic.count(caller.session?.id, () => viewer.stats());
    this.#viewer = viewer;
    return viewer;
  }

  #send(message: Buffer): void {
    if (this.#json) {
      const frame = this.#json.of(message);
      if (frame) this.#connection.send(frame);
    } else {
      this.#seal.send(message);
    }
  }

  #keepUp(viewer: Viewer): void {
    const { steps } = this.#slow;
    const isLowest = [...this.#wanted.values()].every(
      ({ quality }) => lowered(quality, steps) === lowered(quality, steps + 1),
    );
    const { framesDropped } = viewer.stats();
    // Where little waits it was the quota that left them out.
    const waits = this.#connection.bufferedAmount > WAITING_BYTES;
    const advice = this.#slow.observe(waits && framesDropped > this.#dropped, isLowest);
    this.#dropped = framesDropped;
    if (advice === 'close') this.#connection.close(CLOSE.tooSlow, 'It reads too slowly.');
    if (advice !== 'lower' && advice !== 'raise') return;
    const { caller } = this.#connection;
    for (const [id, wanted] of this.#wanted) if (caller) this.#ask(id, wanted, caller);
  }

  #end(): void {
    clearInterval(this.#watch);
    this.#host.cameras.off('added', this.#onAdded);
    this.#host.bus.off('quota', this.#onQuota);
    this.#uncount?.();
    this.#viewer?.close();
    this.#seal.close();
    const subscriptions = this.#connection.caller?.session?.subscriptions;
    for (const id of this.#wanted.keys()) subscriptions?.delete(id);
    this.#wanted.clear();
  }
}

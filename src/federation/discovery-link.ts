// Discovery on one network interface: a socket of multicast DNS (RFC 6762) that takes in little and lets
// no error out, and bonjour-service, which speaks through it: once as publisher, once as browser.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import Bonjour from 'bonjour-service';
import type { Place } from './discovery-places.js';
import {
  type HeardServer,
  type HeardService,
  readServer,
  SERVICE_TYPE,
  serverIdOf,
} from './discovery-records.js';

/** What a link says, under which name. */
export interface Announcement {
  instance: string;
  /** `<serverId>.local`: nobody else answers for it. */
  host: string;
  port: number;
  txt: Record<string, string>;
}

/** What a link tells. Nothing of it is called from inside the library. */
export interface LinkListener {
  /** `fqdn`: of the instance that said so; `server` is undefined where it is none of ours. */
  heard(fqdn: string, server: HeardServer | undefined): void;
  goodbye(serverId: string): void;
  /** The link is of no use any more. */
  failed(error: Error): void;
  /** False: another interface hears what comes from there. */
  isOurs(sender: string): boolean;
}

/** Options of {@link Link.open}. */
export interface LinkOptions {
  port: number;
  /** Between two questions, when the first ones are asked. */
  queryMs: number;
  serverId: string;
  listener: LinkListener;
}

const GROUP = '224.0.0.251';
/** RFC 6762 §17. */
const MAX_DATAGRAM = 9000;
const HEADER_BYTES = 12;
const MAX_QUESTIONS = 32;
const MAX_RECORDS = 256;
/**
 * What a link reads in a second; the rest of a flood is left alone. The library compares all records of
 * a packet with each other: a packet costs the square of them, and 4000 at least.
 */
const BUDGET_PER_SECOND = 400_000;
const LEAST_COST = 4000;
/** Instances that are heard between two questions. */
const MAX_INSTANCES = 512;
/** The first question may be lost while a network comes up. */
const FIRST_QUESTIONS_MS = [1000, 2000];
const GOODBYE_DEADLINE_MS = 500;
/** After a goodbye: a forged one is put right by who is still there. */
const AGAIN_MS = 1000;

/** One interface. It keeps its socket; publisher and browser come and go. */
export class Link {
  readonly #socket: Socket;
  readonly #options: LinkOptions;
  readonly #marks: string[];
  readonly #lines = new Set<Line>();
  readonly #finder: Bonjour;
  #browser: Bonjour.Browser | undefined;
  #publisher: Bonjour | undefined;
  #timer: NodeJS.Timeout | undefined;
  #askedAt = 0;
  #questions = 0;
  #second = 0;
  #spent = 0;
  #closing: Promise<void> | undefined;

  private constructor(socket: Socket, options: LinkOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#marks = [`_${SERVICE_TYPE}`, '_services', options.serverId];
    socket.on('message', (message, from) => this.#onMessage(message, from));
    socket.on('error', (error) => options.listener.failed(error));
    this.#finder = this.#bonjour();
    this.#ask();
  }

  /** Rejects with the system's error where the interface takes no part in multicast. */
  static async open(place: Place, options: LinkOptions): Promise<Link> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      // Bound to the group, it hears nothing that was sent to this machine alone.
      socket.bind(options.port, GROUP);
      await once(socket, 'listening');
      socket.setMulticastTTL(255);
      socket.setMulticastLoopback(true);
      socket.addMembership(GROUP, place.address);
      socket.setMulticastInterface(place.address);
      return new Link(socket, options);
    } catch (error) {
      socket.on('error', () => {});
      socket.close();
      throw error;
    }
  }

  /** Says it from now on, in place of what was said before, which is not taken back by a goodbye. */
  publish({ instance, ...service }: Announcement): void {
    this.#publisher?.destroy();
    this.#publisher = this.#bonjour();
    // Probing, the library would print what it finds, and leave it at that.
    this.#publisher.publish({ ...service, name: instance, type: SERVICE_TYPE, probe: false });
  }

  /** Takes back what was said: it is published under another name now. */
  retract(): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    publisher?.unpublishAll(() => publisher.destroy());
  }

  /** Asks once more, though not more than once a second. */
  askAgain(): void {
    if (performance.now() - this.#askedAt >= AGAIN_MS) this.#ask();
  }

  /** With a goodbye where something was published. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#browser?.stop();
    await this.#sayGoodbye();
    this.#publisher?.destroy();
    this.#finder.destroy();
    this.#socket.close();
  }

  async #sayGoodbye(): Promise<void> {
    const publisher = this.#publisher;
    if (!publisher) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, GOODBYE_DEADLINE_MS);
      publisher.unpublishAll(() => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }

  /**
   * Asks who is there. With a browser of its own each time: it tells of everybody who answers, where an
   * old one is silent about those it knows, and it forgets what the network filled the old one with.
   */
  #ask(): void {
    clearTimeout(this.#timer);
    this.#askedAt = performance.now();
    this.#browser?.stop();
    const browser = this.#finder.find({ type: SERVICE_TYPE });
    this.#browser = browser;
    let instances = 0;
    browser.on('up', (service) => {
      if (++instances <= MAX_INSTANCES) this.#heard(service);
      else browser.stop();
    });
    browser.on('txt-update', (service) => this.#heard(service));
    browser.on('srv-update', (service) => this.#heard(service));
    browser.on('down', (service) => this.#goodbye(service));
    const wait = FIRST_QUESTIONS_MS[this.#questions++] ?? this.#options.queryMs;
    this.#timer = setTimeout(() => this.#ask(), Math.min(wait, this.#options.queryMs));
  }

  #heard(service: HeardService): void {
    const server = readServer(service);
    const { listener } = this.#options;
    // What a listener throws is not the library's, whose errors are swallowed.
    queueMicrotask(() => {
      if (!this.#closing) listener.heard(String(service.fqdn), server);
    });
  }

  #goodbye(service: HeardService): void {
    const id = serverIdOf(service);
    if (id === undefined) return;
    queueMicrotask(() => {
      if (this.#closing) return;
      this.#options.listener.goodbye(id);
      this.askAgain();
    });
  }

  #bonjour(): Bonjour {
    const line = new Line(this.#socket, () => this.#lines.delete(line));
    this.#lines.add(line);
    const options = { socket: line, bind: false, multicast: false, port: this.#options.port };
    return new Bonjour(options as object, () => {});
  }

  #onMessage(message: Buffer, from: RemoteInfo): void {
    if (!this.#isFit(message) || !this.#options.listener.isOurs(from.address)) return;
    if (!this.#canAfford(recordsOf(message))) return;
    for (const line of [...this.#lines]) {
      try {
        line.emit('message', message, from);
      } catch {
        // Whatever a stranger's packet does to the library, it is that packet's end alone.
      }
    }
  }

  /** About our kind of service, and no larger than such packets are. */
  #isFit(message: Buffer): boolean {
    if (message.length < HEADER_BYTES || message.length > MAX_DATAGRAM) return false;
    if (message.readUInt16BE(4) > MAX_QUESTIONS || recordsOf(message) > MAX_RECORDS) return false;
    return this.#marks.some((mark) => message.includes(mark));
  }

  #canAfford(records: number): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#spent = 0;
    }
    this.#spent += Math.max(LEAST_COST, records ** 2);
    return this.#spent <= BUDGET_PER_SECOND;
  }
}

/** As its header says: answers, authorities and additional ones. */
function recordsOf(message: Buffer): number {
  return [6, 8, 10].reduce((sum, at) => sum + message.readUInt16BE(at), 0);
}

/** What the library takes for a socket of its own: all sending and no opening, closing or failing. */
class Line extends EventEmitter {
  readonly #socket: Socket;
  readonly #onClosed: () => void;

  constructor(socket: Socket, onClosed: () => void) {
    super();
    this.#socket = socket;
    this.#onClosed = onClosed;
  }

  send(
    message: Buffer,
    offset: number,
    length: number,
    port: number,
    address: string,
    done: (error: Error | null) => void,
  ): void {
    try {
      // Where there is no route at this moment the next question or announcement makes up for it.
      this.#socket.send(message, offset, length, port, address, () => done(null));
    } catch {
      done(null);
    }
  }

  close(done?: () => void): void {
    this.removeAllListeners();
    this.#onClosed();
    done?.();
  }
}

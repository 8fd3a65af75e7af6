// Packets of multicast DNS, written byte by byte: also such as no library would write.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const GROUP = '224.0.0.251';
const TYPES = { A: 1, PTR: 12, TXT: 16, SRV: 33 };
export const SERVICE = '_fluxvision._tcp.local';

/** What a server says of itself. */
export interface Told {
  instance?: string;
  id?: string;
  txt?: Record<string, string>;
  port?: number;
  addresses?: string[];
  /** 0 is a goodbye. */
  ttl?: number;
}

/** A response with all records of one server. */
export function announcement(told: Told): Buffer {
  const { id = crypto.randomUUID(), port = 8443, addresses = [], ttl = 120 } = told;
  const instance = `${told.instance ?? `Server-${id.slice(0, 8)}`}.${SERVICE}`;
  const txt = { v: '1.0.0', id, tls: '1', port: `${port}`, ws: `${port}`, api: '1-1', cams: '2' };
  const strings = Object.entries({ ...txt, name: 'Server', ...told.txt });
  return packet([
    record(SERVICE, 'PTR', name(instance), ttl),
    record(instance, 'SRV', Buffer.concat([words(0, 0, port), name(`${id}.local`)]), ttl),
    record(instance, 'TXT', Buffer.concat(strings.map(([k, v]) => string(`${k}=${v}`))), ttl),
    ...addresses.map((address) =>
      record(`${id}.local`, 'A', Buffer.from(address.split('.').map(Number)), ttl),
    ),
  ]);
}

/** A response; `count` of answers in its header may be a lie. */
export function packet(records: Buffer[], count = records.length): Buffer {
  return Buffer.concat([words(0, 0x8400, 0, count, 0, 0), ...records]);
}

export function record(owner: string | Buffer, type: keyof typeof TYPES, data: Buffer, ttl = 120) {
  const head = typeof owner === 'string' ? name(owner) : owner;
  return Buffer.concat([head, words(TYPES[type], 1, 0, ttl, data.length), data]);
}

export function name(text: string): Buffer {
  const labels = text.split('.').map((label) => string(label));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

/** With one byte of length, which it may overflow. */
export function string(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length & 255), bytes]);
}

export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

/** A stranger on the loopback interface. */
export class Stranger {
  readonly #socket: Socket;
  readonly #port: number;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
  }

  static async on(port: number): Promise<Stranger> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.setMulticastInterface('127.0.0.1');
    return new Stranger(socket, port);
  }

  say(message: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(message, this.#port, GROUP, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** Of the system; nobody else asks or answers there. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

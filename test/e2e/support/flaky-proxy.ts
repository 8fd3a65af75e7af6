// A TCP proxy between a recorder and its cameras that does what networks do: cuts, flaps, stalls,
// garbage, and connections of which only one side knows that they are gone.
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  client: Socket;
  upstream: Socket;
  /** Neither side hears of the other any more, though nobody has closed anything. */
  dead: boolean;
}

export class FlakyProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #refusing = false;
  #stalled = false;
  #flapping: NodeJS.Timeout | undefined;
  /** Connections that came. */
  connections = 0;

  private constructor(private readonly target: number) {
    this.#server = createServer((client) => this.#take(client));
  }

  static async start(target: number): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that pass bytes now. */
  get open(): number {
    return [...this.#pairs].filter(({ dead }) => !dead).length;
  }

  /** Ends what is open and every new connection, until {@link mend}. */
  cut(): void {
    this.#refusing = true;
    this.reset();
  }

  /** Ends what is open. */
  reset(): void {
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** Passes nothing on, and closes nothing. New connections are taken, and starve. */
  stall(): void {
    this.#stalled = true;
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /** The camera's side is gone, and nobody tells the recorder; new connections work. */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      pair.dead = true;
      pair.upstream.destroy();
    }
  }

  /** Noise, amid what the camera sends. */
  inject(bytes = 4096): void {
    for (const { client } of this.#pairs) client.write(randomBytes(bytes));
  }

  /** Resets everything every so often, until {@link mend}. */
  flap(everyMs: number): void {
    this.#flapping = setInterval(() => this.reset(), everyMs);
  }

  mend(): void {
    clearInterval(this.#flapping);
    this.#refusing = false;
    this.#stalled = false;
    for (const { client, upstream } of this.#pairs) {
      client.resume();
      upstream.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    clearInterval(this.#flapping);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(client: Socket): void {
    this.connections += 1;
    client.on('error', () => {});
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.target, '127.0.0.1');
    upstream.on('error', () => {});
    const pair: Pair = { client, upstream, dead: false };
    this.#pairs.add(pair);
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('close', () => {
      upstream.destroy();
      this.#pairs.delete(pair);
    });
    upstream.on('close', () => {
      if (!pair.dead) client.destroy();
    });
    if (this.#stalled) {
      client.pause();
      upstream.pause();
    }
  }
}

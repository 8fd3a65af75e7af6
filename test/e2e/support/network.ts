// Machines on one switch: network namespaces joined by veth pairs and a bridge, without a way out. They
// hang on a process of the test, and are gone with it, however the test ends.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isRoot = process.getuid?.() === 0;
/** Root makes namespaces; another user is root in one of its own, where the kernel has these. */
const OWN = isRoot ? ['--net', '--mount'] : ['--user', '--map-root-user', '--net', '--mount'];
const ENTER = isRoot
  ? ['--net', '--mount']
  : ['--user', '--preserve-credentials', '--net', '--mount'];

/** False where neither is allowed. */
export const canMakeNetworks = spawnSync('unshare', [...OWN, 'true']).status === 0;

/** `ip` keeps the names of namespaces there, where only this mount namespace sees them. */
const HOLD = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && echo up && exec cat';
/** Connects to what the first line of a connection names, from the switch. */
const DOOR = `
const net = require('node:net');
net.createServer((socket) => {
  socket.once('data', (first) => {
    const end = first.indexOf(10);
    const [host, port] = first.subarray(0, end).toString().split(' ');
    const there = net.connect(Number(port), host);
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
    socket.on('close', () => there.destroy());
    if (end + 1 < first.length) there.write(first.subarray(end + 1));
    socket.pipe(there).pipe(socket);
  });
}).listen(process.argv[1], () => console.log('up'));
process.stdin.resume().on('end', () => process.exit());
`;
const STDIO = ['pipe', 'pipe', 'inherit'] as const;

/** One switch. No machine on it has a route to anywhere else. */
export class TestNetwork {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fluxvision-network-'));
  readonly #holder: ChildProcess;
  readonly #machines: string[] = [];
  #door: ChildProcess | undefined;
  #cables = 0;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async start(): Promise<TestNetwork> {
    const holder = spawn('unshare', [...OWN, 'sh', '-c', HOLD], { stdio: [...STDIO] });
    await isUp(holder);
    const network = new TestNetwork(holder);
    network.ip('link', 'set', 'lo', 'up');
    network.ip('link', 'add', 'br0', 'type', 'bridge');
    network.ip('link', 'set', 'br0', 'up');
    return network;
  }

  /** A machine with its loopback interface alone. */
  addMachine(name: string): Machine {
    this.ip('netns', 'add', name);
    this.ip('-n', name, 'link', 'set', 'lo', 'up');
    this.#machines.push(name);
    return new Machine(this, name, (link, address) => this.#plug(name, link, address));
  }

  /** Connects the test's own process, which is at none of the machines: `address` is the switch's. */
  async openDoor(address: string): Promise<void> {
    this.ip('address', 'add', address, 'dev', 'br0');
    const [program = '', ...args] = this.commandLine([process.execPath, '-e', DOOR, this.#path]);
    this.#door = spawn(program, args, { stdio: [...STDIO] });
    await isUp(this.#door);
  }

  /** By the {@link openDoor}. */
  connect(host: string, port: number): Socket {
    const socket = connect(this.#path);
    socket.write(`${host} ${port}\n`);
    return socket;
  }

  /** Ends what still runs at its machines, too. */
  async close(): Promise<void> {
    for (const name of this.#machines.splice(0)) {
      const pids = this.ip('netns', 'pids', name).split('\n').filter(Boolean);
      for (const pid of pids) spawnSync('kill', ['-KILL', pid]);
    }
    for (const child of [this.#door, this.#holder]) {
      if (!child || child.exitCode !== null) continue;
      child.stdin?.end();
      await once(child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @internal */
  ip(...args: string[]): string {
    const [program = '', ...all] = this.commandLine(['ip', ...args]);
    return execFileSync(program, all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** @internal What runs `argv` at the switch. */
  commandLine(argv: readonly string[]): string[] {
    return ['nsenter', '--target', `${this.#holder.pid}`, ...ENTER, ...argv];
  }

  get #path(): string {
    return join(this.#folder, 'door');
  }

  #plug(machine: string, link: string, address: string): void {
    const port = `port${++this.#cables}`;
    this.ip(...['link', 'add', port, 'type', 'veth', 'peer', 'name', link, 'netns', machine]);
    this.ip('link', 'set', port, 'master', 'br0', 'up');
    this.ip('-n', machine, 'address', 'add', address, 'dev', link);
    this.ip('-n', machine, 'link', 'set', link, 'up');
  }
}

export class Machine {
  readonly name: string;
  readonly #network: TestNetwork;
  readonly #plug: (link: string, address: string) => void;

  /** @internal */
  constructor(network: TestNetwork, name: string, plug: (link: string, address: string) => void) {
    this.#network = network;
    this.name = name;
    this.#plug = plug;
  }

  /** Puts it on the switch: `link` is the name of the interface, `address` as `10.0.0.1/24`. */
  plug(link: string, address: string): void {
    this.#plug(link, address);
  }

  unplug(link: string): void {
    this.#network.ip('-n', this.name, 'link', 'delete', link);
  }

  /** Whether what it sends to an address leaves it. */
  setReachable(address: string, isReachable: boolean): void {
    const action = isReachable ? 'delete' : 'add';
    this.#network.ip('-n', this.name, 'route', action, 'prohibit', address);
  }

  /** Bytes that an interface has sent and received. */
  traffic(link: string): { sent: number; received: number } {
    const told = this.#network.ip('-n', this.name, '-s', '-j', 'link', 'show', link);
    const [{ stats64 }] = JSON.parse(told);
    return { sent: stats64.tx.bytes, received: stats64.rx.bytes };
  }

  /** What runs `argv` at this machine: it becomes the program, so that signals reach it. */
  commandLine(argv: readonly string[]): string[] {
    return this.#network.commandLine(['ip', 'netns', 'exec', this.name, ...argv]);
  }

  /** A program on this machine. */
  spawn(program: string, args: readonly string[], env = process.env): ChildProcess {
    const [file = '', ...all] = this.commandLine([program, ...args]);
    return spawn(file, all, { stdio: ['pipe', 'pipe', 'pipe'], env });
  }
}

async function isUp(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('It ended before it was up: are network namespaces allowed here?');
  });
  ended.catch(() => {});
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended]);
}

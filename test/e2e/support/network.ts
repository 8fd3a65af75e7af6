// Machines on one switch: network namespaces of this kernel, joined by veth pairs and a bridge. Needs root
// and iproute2.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';

/** Such tests run as root only. */
export const canMakeNetworks = process.getuid?.() === 0;

let networks = 0;

/** One switch. No machine on it has a route to anywhere else. */
export class TestNetwork {
  readonly #id = `fv${process.pid}n${++networks}`;
  readonly #switch = `${this.#id}-switch`;
  readonly #spaces: string[] = [];
  #cables = 0;

  constructor() {
    this.#addSpace(this.#switch);
    ip('-n', this.#switch, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', this.#switch, 'link', 'set', 'br0', 'up');
  }

  /** A machine with its loopback interface alone. */
  addMachine(name: string): Machine {
    const space = `${this.#id}-${name}`;
    this.#addSpace(space);
    return new Machine(space, (link, address) => this.#plug(space, link, address));
  }

  /** Ends what still runs in it, too. */
  close(): void {
    for (const space of this.#spaces.splice(0).reverse()) {
      const pids = ip('netns', 'pids', space).split('\n').filter(Boolean).map(Number);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      ip('netns', 'delete', space);
    }
  }

  #addSpace(name: string): void {
    ip('netns', 'add', name);
    this.#spaces.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  #plug(space: string, link: string, address: string): void {
    const port = `port${++this.#cables}`;
    const [here, there] = [
      ['-n', this.#switch],
      ['-n', space],
    ] as const;
    ip(...here, ...['link', 'add', port, 'type', 'veth', 'peer', 'name', link, 'netns', space]);
    ip(...here, 'link', 'set', port, 'master', 'br0', 'up');
    ip(...there, 'address', 'add', address, 'dev', link);
    ip(...there, 'link', 'set', link, 'up');
  }
}

export class Machine {
  readonly #space: string;
  readonly #plug: (link: string, address: string) => void;

  constructor(space: string, plug: (link: string, address: string) => void) {
    this.#space = space;
    this.#plug = plug;
  }

  /** Puts it on the switch: `link` is the name of the interface, `address` as `10.0.0.1/24`. */
  plug(link: string, address: string): void {
    this.#plug(link, address);
  }

  unplug(link: string): void {
    ip('-n', this.#space, 'link', 'delete', link);
  }

  /** A program on this machine. */
  spawn(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    // It becomes the program: signals reach it.
    return spawn('ip', ['netns', 'exec', this.#space, program, ...args], options);
  }
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

// Sites of a company: a server each, on a machine of its own in one network, with cameras that count
// where a test looks at pictures; and a machine with a browser.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { type BuildOptions, buildSync } from 'esbuild';
import { chromiumPath } from '../../../../scripts/chromium.mjs';
import { makeCountedClip } from '../../../support/counted-clip.js';
import { type Machine, TestNetwork } from '../../support/network.js';
import { until } from './journey.js';
import { PASSWORD } from './nvr.js';

const ROOT = join(import.meta.dirname, '../../../..');
const PORT = 8443;
const LINK = 'eth0';
const SWITCH = '10.77.0.254/24';
/** Sends the clips of its arguments as that many cameras, until its input ends. */
const CAMERAS = `
import { RtspSimulator } from '@fluxvision/core';
const [clip, subClip, cameras] = process.argv.slice(2);
const simulator = await RtspSimulator.start({ clip, subClip, cameras: Number(cameras) });
console.log(JSON.stringify({ urls: simulator.urls, subUrls: simulator.subUrls }));
process.stdin.resume().on('end', () => simulator.close());
`;

export interface SiteAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  json: any;
}

export interface Site {
  name: string;
  /** `https://10.77.0.n:8443`. */
  url: string;
  /** Its `serverId`. */
  id: string;
  /** All that it wrote to its output and its log. */
  said: () => string;
  /** As its administrator, from outside of the network. */
  ask(method: string, path: string, body?: unknown): Promise<SiteAnswer>;
  /** Bytes that its machine has sent and received. */
  traffic(): { sent: number; received: number };
  /** Without an end: a power cut. */
  kill(): Promise<void>;
  /** Where it stood, on the same disk. */
  start(): Promise<void>;
  /** It accepts connections, and answers nothing. */
  freeze(): void;
  /** It goes on. */
  thaw(): void;
}

export interface Sites {
  sites: Site[];
  /** The program of a browser at a machine of its own, without a server. */
  chromium: string;
  /** Whether that machine reaches a site. */
  setReachable(site: Site, isReachable: boolean): void;
  close(): Promise<void>;
}

export interface SiteOptions {
  name: string;
  /** How many cameras it has; `cam1` and up. */
  cameras?: number;
  settings?: object;
}

export async function startSites(options: readonly SiteOptions[]): Promise<Sites> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-sites-'));
  const bundle = join(ROOT, 'examples/nvr/dist', `sites-${process.pid}`);
  const network = await TestNetwork.start();
  await network.openDoor(SWITCH);
  const plugged = (name: string, number: number) => {
    const machine = network.addMachine(name);
    machine.plug(LINK, `10.77.0.${number}/24`);
    return machine;
  };
  const desk = plugged('desk', 100);
  const sites: MachineSite[] = [];
  const close = async () => {
    await Promise.all(sites.map((site) => site.close()));
    await network.close();
    for (const path of [folder, bundle]) rmSync(path, { recursive: true, force: true });
  };
  try {
    build(bundle);
    const clips = makeClips(folder);
    for (const [index, one] of options.entries()) {
      const directory = join(folder, `site${index}`);
      mkdirSync(directory);
      const machine = plugged(`site${index}`, index + 1);
      const host = `10.77.0.${index + 1}`;
      sites.push(new MachineSite(network, { ...one, machine, host, directory, bundle, clips }));
    }
    await Promise.all(sites.map((site) => site.begin()));
    return {
      ...{ sites, close, chromium: wrapperOf(desk, folder) },
      setReachable: ({ url }, isReachable) => desk.setReachable(new URL(url).hostname, isReachable),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Place extends SiteOptions {
  machine: Machine;
  host: string;
  directory: string;
  bundle: string;
  clips: { main: string; sub: string };
}

class MachineSite implements Site {
  readonly name: string;
  readonly url: string;
  id = '';
  readonly #place: Place;
  readonly #agent: Agent;
  readonly #settings: string;
  #server: ChildProcess | undefined;
  #cameras: ChildProcess | undefined;
  #said = '';
  #isFrozen = false;
  #token: string | undefined;

  constructor(network: TestNetwork, place: Place) {
    const { host } = place;
    this.#place = place;
    this.name = place.name;
    this.url = `https://${host}:${PORT}`;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4 });
    Object.assign(this.#agent, {
      createConnection: () =>
        connect({ socket: network.connect(host, PORT), rejectUnauthorized: false }),
    });
    this.#settings = join(place.directory, 'nvr.json');
    writeFileSync(this.#settings, JSON.stringify(settingsOf(place)));
  }

  readonly said = () => this.#said;

  async begin(): Promise<void> {
    await this.start();
    const token = await until(() => /setup#token=([\w-]+)/.exec(this.#said)?.[1], 'its token');
    const first = { token, username: 'admin', password: PASSWORD };
    await this.#expect(204, 'POST', '/api/setup', first);
    await this.#logIn();
    const { json } = await this.ask('GET', '/api/discovery/info');
    this.id = json.serverId;
    await this.#addCameras();
  }

  async start(): Promise<void> {
    this.#said = '';
    const main = join(this.#place.bundle, 'main.mjs');
    this.#server = this.#spawn([main, '--config', this.#settings], (data) => {
      this.#said += data;
    });
    const began = this.#server;
    await until(() => {
      if (began.exitCode !== null) throw new Error(`It ended: ${this.#said}`);
      return this.#said.includes(`FluxVision NVR`);
    }, `${this.name} to begin`);
    if (this.id) await this.#logIn();
  }

  async ask(method: string, path: string, body?: unknown): Promise<SiteAnswer> {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const asked = request({
      ...{ method, path, agent: this.#agent, host: new URL(this.url).hostname, port: PORT },
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(content !== undefined && { 'content-type': 'application/json' }),
      },
    });
    asked.end(content);
    const [response] = await once(asked, 'response');
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    const text = Buffer.concat(parts).toString();
    return { status: response.statusCode, json: text === '' ? undefined : JSON.parse(text) };
  }

  traffic() {
    return this.#place.machine.traffic(LINK);
  }

  async kill(): Promise<void> {
    await end(this.#server, 'SIGKILL');
  }

  freeze(): void {
    this.#server?.kill('SIGSTOP');
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#server?.kill('SIGCONT');
    this.#isFrozen = false;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    if (this.#isFrozen) this.#server?.kill('SIGKILL');
    await Promise.all([end(this.#server, 'SIGTERM'), end(this.#cameras, 'SIGTERM')]);
  }

  async #logIn(): Promise<void> {
    this.#token = undefined;
    const login = { username: 'admin', password: PASSWORD, tokenDelivery: 'body' };
    const { sessionToken } = await this.#expect(200, 'POST', '/api/auth/login', login);
    this.#token = sessionToken;
  }

  async #addCameras(): Promise<void> {
    const { bundle, clips, cameras = 0 } = this.#place;
    if (cameras === 0) return;
    let told = '';
    const program = [join(bundle, 'cameras.mjs'), clips.main, clips.sub, `${cameras}`];
    this.#cameras = this.#spawn(program, (data) => {
      told += data;
    });
    await until(() => told.includes('\n'), 'its cameras');
    const { urls, subUrls } = JSON.parse(told.slice(told.indexOf('{'), told.indexOf('\n')));
    for (const [index, url] of (urls as string[]).entries()) {
      const camera = { id: `cam${index + 1}`, name: `${this.name} ${index + 1}` };
      await this.#expect(201, 'POST', '/api/cameras', { ...camera, url, subUrl: subUrls[index] });
    }
  }

  async #expect(status: number, method: string, path: string, body: unknown) {
    const answer = await this.ask(method, path, body);
    if (answer.status === status) return answer.json;
    throw new Error(`${method} ${path} at ${this.name}: ${JSON.stringify(answer.json)}`);
  }

  #spawn(program: readonly string[], onSaid: (data: Buffer) => void): ChildProcess {
    const child = this.#place.machine.spawn(process.execPath, program, {
      FLUXVISION_ADDON_PATH: join(ROOT, 'build/Release/fluxvision_core.node'),
      TEST_PASSPHRASE: 'a passphrase of the storage',
      ...process.env,
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', onSaid);
    return child;
  }
}

function settingsOf({ name, directory, settings }: Place): object {
  return {
    ...{ name, storage: join(directory, 'storage'), passphrase: { env: 'TEST_PASSPHRASE' } },
    listen: { address: '0.0.0.0', port: PORT },
    // Its cameras are simulated on the same machine.
    ...{ allowLoopbackCameras: true, passwordIterations: 100_000 },
    retention: { minFreeBytes: 0 },
    limits: { requestsPerMinute: 1_000_000 },
    ...settings,
  };
}

function build(bundle: string): void {
  const shared: BuildOptions = {
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external' },
    ...{ logLevel: 'error', alias: { '@fluxvision/core': join(ROOT, 'src/index.ts') } },
  };
  const server = join(ROOT, 'examples/nvr/server/main.ts');
  buildSync({ ...shared, entryPoints: [server], outfile: join(bundle, 'main.mjs') });
  const stdin = { contents: CAMERAS, resolveDir: ROOT };
  buildSync({ ...shared, stdin, outfile: join(bundle, 'cameras.mjs') });
}

function makeClips(folder: string): { main: string; sub: string } {
  const sub = { width: 320, height: 176 };
  return {
    main: makeCountedClip({ path: join(folder, 'main.mp4') }),
    sub: makeCountedClip({ ...sub, path: join(folder, 'sub.mp4') }),
  };
}

/** A program that is Chromium at the desk: Playwright speaks to it through pipes, which stay as they are. */
function wrapperOf(desk: Machine, folder: string): string {
  const path = join(folder, 'chromium');
  const words = desk.commandLine([chromiumPath()]).map((word) => `'${word}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await once(child, 'exit');
  clearTimeout(late);
}

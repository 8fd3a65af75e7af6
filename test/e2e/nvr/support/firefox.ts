// Debian's Firefox ESR, driven by WebDriver BiDi: it plays H.265, which Debian's Chromium does not.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

/** Autoplay without a click, and no look at its maker's hosts. */
const PREFERENCES = {
  'media.autoplay.default': 0,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

interface Reply {
  id?: number;
  result?: unknown;
  error?: string;
  message?: string;
}

/** One page of one Firefox. */
export class FirefoxPage {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(e: Error): void }>();
  readonly #stop: () => Promise<void>;
  #context = '';
  #next = 1;

  private constructor(socket: WebSocket, stop: () => Promise<void>) {
    this.#socket = socket;
    this.#stop = stop;
    socket.on('message', (data) => this.#onReply(JSON.parse(String(data)) as Reply));
  }

  /** Certificates are not looked at. */
  static async open(size = { width: 1280, height: 800 }): Promise<FirefoxPage> {
    const profile = mkdtempSync(join(tmpdir(), 'fluxvision-firefox-'));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(join(profile, 'user.js'), lines.join('\n'));
    const child = spawn(
      existsSync('/usr/bin/firefox-esr') ? 'firefox-esr' : 'firefox',
      [
        ...['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
        ...['--width', `${size.width}`, '--height', `${size.height}`, 'about:blank'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } },
    );
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const stop = async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      const socket = new WebSocket(`${await addressOf(child.stderr)}/session`);
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      const page = new FirefoxPage(socket, stop);
      await page.#call('session.new', {
        capabilities: { alwaysMatch: { acceptInsecureCerts: true } },
      });
      const { contexts } = (await page.#call('browsingContext.getTree', {})) as {
        contexts: { context: string }[];
      };
      page.#context = contexts[0]?.context ?? '';
      return page;
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async goto(url: string): Promise<void> {
    await this.#call('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  /** The value of a JavaScript expression, or of the promise that it is; as JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const wrapped = `(async () => JSON.stringify({ value: await (${expression}) }))()`;
    const target = { context: this.#context };
    const { type, result, exceptionDetails } = (await this.#call('script.evaluate', {
      expression: wrapped,
      target,
      awaitPromise: true,
    })) as { type: string; result?: { value: string }; exceptionDetails?: { text: string } };
    if (type !== 'success' || !result) throw new Error(exceptionDetails?.text ?? 'no result');
    return (JSON.parse(result.value) as { value: T }).value;
  }

  /** Resolves when the expression is truthy, with its value. */
  async waitFor<T>(expression: string, timeoutMs = 30_000): Promise<T> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const value = await this.evaluate<T>(expression);
      if (value) return value;
      if (Date.now() > end) throw new Error(`Firefox: ${expression} did not come true in time`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** A PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = (await this.#call('browsingContext.captureScreenshot', {
      context: this.#context,
    })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async close(): Promise<void> {
    this.#socket.terminate();
    await this.#stop();
  }

  #call(method: string, params: object): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #onReply({ id, result, error, message }: Reply): void {
    const waiting = this.#waiting.get(id ?? 0);
    if (!waiting) return;
    this.#waiting.delete(id ?? 0);
    if (error) waiting.reject(new Error(`${error}: ${message}`));
    else waiting.resolve(result);
  }
}

/** Where it listens; it says so when it is ready. */
async function addressOf(stderr: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line) ?? [];
    if (address) return address;
    said.push(line);
  }
  throw new Error(`Firefox did not start: ${said.join('\n')}`);
}

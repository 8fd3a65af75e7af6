// What works beside the recorder while its parts are open: begins when they open, ends before they close.
import type { Logger } from 'pino';
import type { Nvr } from './nvr.js';

export interface Service {
  close(): Promise<void>;
}

type Start = (nvr: Nvr) => Promise<Service>;

export class Services {
  readonly #log: Logger;
  readonly #known: { name: string; start: Start }[] = [];
  #running: Service[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** With `nvr`, whose parts are open, it begins at once. */
  async add(name: string, start: Start, nvr?: Nvr): Promise<void> {
    this.#known.push({ name, start });
    if (nvr) await this.#start(name, start, nvr);
  }

  async startAll(nvr: Nvr): Promise<void> {
    for (const { name, start } of this.#known) await this.#start(name, start, nvr);
  }

  /** The last one first. */
  async stopAll(): Promise<void> {
    for (const service of this.#running.splice(0).reverse()) {
      await service.close().catch((error) => this.#log.error({ err: error }, 'closing'));
    }
  }

  async #start(name: string, start: Start, nvr: Nvr): Promise<void> {
    try {
      this.#running.push(await start(nvr));
    } catch (error) {
      this.#log.error({ err: error }, `${name} does not start`);
      throw error;
    }
  }
}

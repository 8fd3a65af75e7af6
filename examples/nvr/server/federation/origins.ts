// The origins of this server's own pages, which other servers have to let in: by the names and addresses
// that it has, and those of the settings. What a request says of itself adds none.
import type { Nvr } from '../nvr.js';
import { localNames } from '../tls/index.js';

/** As many as a node keeps of a home. */
const MAX_ORIGINS = 16;
const HTTPS_PORT = 443;

export class Origins {
  readonly #nvr: Nvr;
  /** Where pages were opened; the newest last. */
  readonly #seen = new Set<string>();

  constructor(nvr: Nvr) {
    this.#nvr = nvr;
  }

  /** Those that pages were opened at before others; always in the same order, or nodes are told again. */
  list(): string[] {
    const all = new Set([...[...this.#seen].reverse(), ...this.#own()]);
    return [...all].slice(0, MAX_ORIGINS).sort();
  }

  /**
   * The origin to name to a node for a page that says it is at `origin`: another one of ours where that is
   * none of this server's, so that the page goes through here. `isNew`: nodes do not know it yet.
   */
  of(origin: string | undefined): { origin: string; isNew: boolean } {
    const known = this.list();
    if (origin === undefined || !this.#isOurs(origin)) {
      return { origin: known[0] as string, isNew: false };
    }
    this.#seen.delete(origin);
    this.#seen.add(origin);
    return { origin, isNew: !known.includes(origin) };
  }

  #own(): string[] {
    const { httpPort } = this.#nvr.ports;
    return this.#names().map((name) => originOf(name, httpPort));
  }

  /** Also behind a proxy at the port of HTTPS. */
  #isOurs(origin: string): boolean {
    const { allowedOrigins = [] } = this.#nvr.config;
    if (allowedOrigins.includes(origin) || this.#own().includes(origin)) return true;
    return this.#names().some((name) => originOf(name, HTTPS_PORT) === origin);
  }

  #names(): string[] {
    return localNames(this.#nvr.config.tls?.names);
  }
}

function originOf(name: string, port: number): string {
  const host = name.includes(':') ? `[${name}]` : name;
  return new URL(`https://${host}:${port}`).origin;
}

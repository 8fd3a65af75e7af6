// The origins of this server's own pages, which other servers have to let in: by its addresses, and by
// whatever other names its users have opened it.

import type { Nvr } from '../nvr.js';
import { localNames } from '../tls/index.js';

/** As many as a node keeps of a home. */
const MAX_ORIGINS = 16;

export class Origins {
  readonly #nvr: Nvr;
  /** The newest last. */
  readonly #seen = new Set<string>();

  constructor(nvr: Nvr) {
    this.#nvr = nvr;
  }

  /** Those that pages were seen at come first. */
  list(): string[] {
    const { httpPort } = this.#nvr.ports;
    const own = localNames(this.#nvr.config.tls?.names).map((name) => originOf(name, httpPort));
    return [...new Set([...[...this.#seen].reverse(), ...own])].slice(0, MAX_ORIGINS);
  }

  /** True where it is new: nodes do not know it yet. */
  add(origin: string): boolean {
    if (this.list().includes(origin)) {
      this.#seen.delete(origin);
      this.#seen.add(origin);
      return false;
    }
    this.#seen.add(origin);
    if (this.#seen.size > MAX_ORIGINS) this.#seen.delete([...this.#seen][0] as string);
    return true;
  }
}

function originOf(name: string, port: number): string {
  const host = name.includes(':') ? `[${name}]` : name;
  return new URL(`https://${host}:${port}`).origin;
}

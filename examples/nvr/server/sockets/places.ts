// How many sockets a session and an address (IPv6: its /64) may have open.
import { addressGroup } from '@fluxvision/core';

export class Places {
  readonly #open = new Map<string, number>();

  constructor(
    readonly perSession = 16,
    readonly perAddress = 64,
  ) {}

  /** What gives the places back, once; undefined where there is none left. */
  take(address: string, sessionId: string | undefined): (() => void) | undefined {
    const wanted: [string, number][] = [[`address ${addressGroup(address)}`, this.perAddress]];
    if (sessionId !== undefined) wanted.push([`session ${sessionId}`, this.perSession]);
    if (wanted.some(([key, most]) => (this.#open.get(key) ?? 0) >= most)) return undefined;
    for (const [key] of wanted) this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    return () => {
      for (const [key] of wanted.splice(0)) this.#giveBack(key);
    };
  }

  /** Of a session. */
  openOf(sessionId: string): number {
    return this.#open.get(`session ${sessionId}`) ?? 0;
  }

  #giveBack(key: string): void {
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }
}

// By which way a page gets pictures of another server: from it directly, or through the server that the
// page came from. A page is not told why a socket was refused: it tries.

export type Route = 'direct' | 'relay';

/** How a connection ended: never opened, opened without a word of the server, or after some. */
export type Ending = 'unopened' | 'silent' | 'used';

/** A direct connection that takes longer does not come. */
export const DIRECT_WITHIN_MS = 3000;
/** After so long by the other way the direct one is tried again. */
export const DIRECT_AGAIN_MS = 300_000;

/** Of one node, for as long as the page is there. */
export class RouteChoice {
  #refusedAt: number | undefined;
  #directWorked = false;

  constructor(private readonly now: () => number = Date.now) {}

  /** Of the next connection. */
  next(): Route {
    return this.#refusedAt === undefined || this.isDirectDue ? 'direct' : 'relay';
  }

  /** It was refused so long ago that it may be otherwise by now. */
  get isDirectDue(): boolean {
    return this.#refusedAt !== undefined && this.now() - this.#refusedAt >= DIRECT_AGAIN_MS;
  }

  opened(route: Route): void {
    if (route === 'relay') return;
    this.#refusedAt = undefined;
    this.#directWorked = true;
  }

  /** True: try the other way at once. */
  ended(route: Route, how: Ending): boolean {
    if (how === 'used') return false;
    if (route === 'direct') {
      this.#refusedAt = this.now();
      return true;
    }
    // Neither way leads there: the node is away, and the way that worked will work again.
    if (this.#directWorked) this.#refusedAt = undefined;
    return false;
  }

  /** Somebody wants it tried, or it is known to work. */
  tryDirect(): void {
    this.#refusedAt = undefined;
  }
}

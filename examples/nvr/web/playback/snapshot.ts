// What a page shows of a playback, and where it learns that something of it changed.
import type { SocketState } from '../api/index.js';
import type { Route } from '../federation/route-choice.js';
import type { Arrival } from './arrivals.js';

export type PlaybackPhase = 'connecting' | 'buffering' | 'playing' | 'paused' | 'ended';

/** One server of a playback. */
export interface ServerState {
  /** `''`: the server itself. */
  nodeId: string;
  socket: SocketState;
  /** Pictures come sealed. */
  sealed: boolean;
  /** By which way footage of another server comes. */
  route: Route | undefined;
}

/** A new object with each change. */
export interface PlaybackSnapshot {
  phase: PlaybackPhase;
  /** It plays, or will when there are pictures. */
  wantsPlay: boolean;
  speed: number;
  servers: readonly ServerState[];
  /** The last request that was refused, where that is not said at a tile. */
  refused: Refusal | undefined;
  tiles: ReadonlyMap<string, TileStatus>;
}

export interface Refusal {
  /** Of the catalog. */
  code: string;
  /** The server's words; may be empty. */
  message: string;
}

export interface TileStatus {
  /** UTC milliseconds of the hole's end; `unknown` where nobody knows it yet. */
  noFootageUntil?: number | 'unknown';
  /** Why there are no pictures. */
  trouble?: Refusal;
  /** Another stream is shown than was asked for: its codec is none of the browser's. */
  isFallback?: boolean;
}

/** A camera has no footage there. */
export interface Hole {
  /** UTC milliseconds, half open. */
  start: number;
  end: number;
  /** `end`: there is none behind it yet. */
  reason: string;
}

export function isWithin(position: number, { start, end }: Hole): boolean {
  return position >= start && position < end;
}

/** A picture stays so long, at speed 1, until the tile says that there is no footage. */
const STALE_MS = 2000;

/** What one needs to know of a tile to say how it is; times in UTC milliseconds. */
export interface TilePlace {
  shown: number | undefined;
  /** The picture behind the one that is due. */
  next: Arrival | undefined;
  position: number;
  speed: number;
  hole: Hole | undefined;
}

/** Of a tile that shows what it has; the clock stands, or is, at `position`. */
export function statusOf({ shown, next, position, speed, hole }: TilePlace): TileStatus {
  if (hole && isWithin(position, hole)) {
    return { noFootageUntil: hole.reason === 'end' ? 'unknown' : hole.end };
  }
  const patience = STALE_MS * Math.max(1, Math.abs(speed));
  if (shown !== undefined && Math.abs(position - shown) <= patience) return {};
  if (!next) return { noFootageUntil: 'unknown' };
  return next.afterGap ? { noFootageUntil: next.time } : {};
}

function isSame(a: TileStatus, b: TileStatus | undefined): boolean {
  return (
    a.noFootageUntil === b?.noFootageUntil &&
    a.trouble?.code === b?.trouble?.code &&
    a.isFallback === b?.isFallback
  );
}

/** Those who are told. */
export class Listeners {
  readonly #all = new Set<() => void>();

  add(listener: () => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(): void {
    for (const listener of this.#all) listener();
  }
}

export class SnapshotStore {
  readonly listeners = new Listeners();
  #current: PlaybackSnapshot;

  constructor(speed: number, wantsPlay: boolean) {
    this.#current = {
      phase: 'connecting',
      wantsPlay,
      speed,
      servers: [],
      refused: undefined,
      tiles: new Map(),
    };
  }

  get current(): PlaybackSnapshot {
    return this.#current;
  }

  publish(change: Partial<PlaybackSnapshot>): void {
    this.#current = { ...this.#current, ...change };
    this.listeners.tell();
  }

  /** Publishes nothing where nothing differs. */
  look(phase: PlaybackPhase, tiles: ReadonlyMap<string, TileStatus>): void {
    const before = this.#current;
    const isSameAll =
      before.phase === phase &&
      before.tiles.size === tiles.size &&
      [...tiles].every(([camera, status]) => isSame(status, before.tiles.get(camera)));
    if (!isSameAll) this.publish({ phase, tiles });
  }
}

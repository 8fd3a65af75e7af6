// The cameras of a playback side by side: which frame of theirs comes next, and what lies before it.
import type { FluxError } from '../errors.js';
import type { RecordingIndex } from '../recording/index.js';
import type { Footage } from './footage.js';
import type { PlaybackSegment, WaitingFrame } from './frame.js';
import { Player } from './player.js';
import type { ReadAheadLimits } from './read-ahead.js';

/** Shorter holes are waited for: jumping over them would look like a fault of the picture. */
export const GAP_MS = 2000;
/** Footage that is younger may still be on its way into the index. */
const LIVE_DELAY_MS = 30_000;

export type Direction = 1 | -1;

/** A frame, and whose it is. */
export interface NextFrame {
  player: Player;
  item: WaitingFrame;
}

/** A stretch without footage of any camera: UTC milliseconds, half open. */
export interface Hole {
  from: number;
  to: number;
}

export class Players {
  readonly #footage: readonly Footage[];
  readonly #limits: ReadAheadLimits;
  readonly #onProblem: (error: FluxError, segment: PlaybackSegment) => void;
  #players: Player[] = [];
  #direction: Direction = 1;
  readonly #retiring = new Set<Promise<void>>();

  constructor(
    footage: readonly Footage[],
    limits: ReadAheadLimits,
    onProblem: (error: FluxError, segment: PlaybackSegment) => void,
  ) {
    this.#footage = footage;
    this.#limits = limits;
    this.#onProblem = onProblem;
  }

  /** Read ahead and not taken yet. */
  get queuedBytes(): number {
    return this.#players.reduce((sum, { queuedBytes }) => sum + queuedBytes, 0);
  }

  /** The footage of one of them is at its present end. */
  get someExhausted(): boolean {
    return this.#players.some(({ exhausted }) => exhausted);
  }

  /** All that there is was handed out, and what is recorded now would be in the index by now. */
  get areAtEnd(): boolean {
    const settled = Date.now() - LIVE_DELAY_MS;
    return this.#players.every((player) => player.reach < settled && player.isAtEnd);
  }

  /** Leaves what was being read, and reads on from there. */
  start(from: number, direction: Direction): void {
    this.stop();
    this.#direction = direction;
    this.#players = this.#footage.map((footage) => this.#playerOf(footage, from));
  }

  stop(): void {
    for (const player of this.#players) this.#retire(player);
    this.#players = [];
  }

  /** Stops, and resolves when every file is closed. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.#retiring);
  }

  /**
   * The frame that is next on the way. With `live` a camera whose footage of that moment may come yet
   * keeps the others waiting, for a while: undefined, as at the end.
   */
  async next(live: boolean): Promise<NextFrame | undefined> {
    const players = this.#players;
    const items = await Promise.all(players.map((player) => player.peek(this.#onProblem)));
    let first: NextFrame | undefined;
    items.forEach((item, i) => {
      if (!item) return;
      const sooner =
        !first ||
        (item.immediate && !first.item.immediate) ||
        (item.immediate === first.item.immediate &&
          (item.due - first.item.due) * this.#direction < 0);
      if (sooner) first = { player: players[i] as Player, item };
    });
    if (!first || first.item.immediate || !live) return first;
    const mayCome = items.some((item) => !item) && Date.now() - first.item.due < LIVE_DELAY_MS;
    return mayCome ? undefined : first;
  }

  /** Looks for footage that came behind the end of a camera. */
  resume(position: number): void {
    this.#players = this.#players.map((player) => {
      if (!player.exhausted) return player;
      const next = player.next();
      const isNear = !next || next.unfinished || next.startTime > position - GAP_MS;
      if (isNear || player.isWithin(next)) {
        player.resume();
        return player;
      }
      // The others went on meanwhile: it joins them where they are.
      this.#retire(player);
      return this.#playerOf(player.footage, position);
    });
  }

  /** The hole in front of a frame, in which no camera has footage; told once. */
  holeBefore({ player, item }: NextFrame): Hole | undefined {
    const { segment } = item.frame;
    const forward = this.#direction > 0;
    const reaches = this.#players.map(({ reach }) => reach);
    const reach = forward ? Math.max(...reaches) : Math.min(...reaches);
    const [from, to] = forward ? [reach, segment.startTime] : [segment.endTime, reach];
    if (to - from <= GAP_MS) return undefined;
    player.reach = forward ? to : from;
    return { from, to };
  }

  /** The last moment in front of `time` at which a camera has a key frame. */
  async keyFrameBefore(time: number): Promise<number | undefined> {
    const limits = { bytes: this.#limits.bytes, ms: 0 };
    const found = await Promise.all(
      this.#footage.map(async (footage) => {
        const player = new Player(footage, time, -1, limits);
        try {
          const item = await player.peek(this.#onProblem);
          return item?.frame.time;
        } finally {
          await player.close();
        }
      }),
    );
    const times = found.filter((one) => one !== undefined);
    return times.length > 0 ? Math.max(...times) : undefined;
  }

  #playerOf(footage: Footage, from: number): Player {
    return new Player(footage, from, this.#direction, this.#limits);
  }

  /** Its file is closed when the read that is under way is done. */
  #retire(player: Player): void {
    const closed = player.close().catch(() => {});
    this.#retiring.add(closed);
    void closed.finally(() => this.#retiring.delete(closed));
  }
}

/** Why a camera has no footage in a hole, as {@link PlaybackGap.reason}. */
export function reasonOf(index: RecordingIndex, player: Player, { from, to }: Hole): string {
  if (player.unreadable) return 'unreadable';
  const { cameraId, stream } = player.footage.options;
  const within = { from: Math.floor(from), to: Math.ceil(to) };
  const lasts = (gap: Hole) => Math.min(gap.to, to) - Math.max(gap.from, from);
  const [longest] = index.gaps({ cameraId, stream, ...within }).sort((a, b) => lasts(b) - lasts(a));
  return longest?.reason ?? 'deleted';
}

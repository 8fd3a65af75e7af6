// How the cameras of a playback are: what they lack, and why.
import { type Hole, isWithin, type Refusal, statusOf, type TileStatus } from './snapshot.js';

/** Cameras that were switched on together have their first pictures within that. */
const TOGETHER_MS = 1000;

export class Conditions {
  readonly #troubles = new Map<string, Refusal>();
  /** What is wrong with their servers. */
  readonly #faults = new Map<string, Refusal>();
  /** Cameras that the others go on without. */
  readonly #late = new Set<string>();
  readonly #fallbacks = new Set<string>();
  readonly #holes = new Map<string, Hole>();

  /** Undefined: it is over. True where something changed. */
  trouble(camera: string, trouble: Refusal | undefined): boolean {
    if (this.#troubles.get(camera)?.code === trouble?.code) return false;
    if (trouble) this.#troubles.set(camera, trouble);
    else this.#troubles.delete(camera);
    return true;
  }

  /** Of cameras of one server. Undefined: nothing is wrong with it. */
  fault(cameras: readonly string[], fault: Refusal | undefined): void {
    for (const camera of cameras) {
      if (fault) this.#faults.set(camera, fault);
      else this.#faults.delete(camera);
    }
  }

  late(cameras: readonly string[], areLate: boolean): void {
    for (const camera of cameras) {
      if (areLate) this.#late.add(camera);
      else this.#late.delete(camera);
    }
  }

  /** Its sub stream is shown, as the browser lacks the codec of the main stream. */
  fallback(camera: string, isFallback: boolean): void {
    if (isFallback) this.#fallbacks.add(camera);
    else this.#fallbacks.delete(camera);
  }

  hole(camera: string, hole: Hole): void {
    this.#holes.set(camera, hole);
  }

  /** The footage of one goes on at `time`: when that of the others does, too, where that is soon. */
  togetherFrom(time: number): number {
    const ends = [...this.#holes.values()].map(({ end }) => end);
    return Math.max(time, ...ends.filter((end) => end - time <= TOGETHER_MS));
  }

  /** Of holes that all cameras have at a position, the moment right before the last one began. */
  beforeHoles(position: number): number | undefined {
    const starts = [...this.#holes.values()]
      .filter((hole) => isWithin(position, hole))
      .map(({ start }) => start);
    return starts.length > 0 ? Math.max(...starts) - 1 : undefined;
  }

  /** Holes are told of again behind a seek. */
  jumped(cameras: readonly string[]): void {
    for (const camera of cameras) this.#holes.delete(camera);
  }

  /** Are there to be pictures of the camera, as far as anybody knows? */
  isExpected(camera: string, position: number): boolean {
    const hole = this.#holes.get(camera);
    const isInHole = hole && isWithin(position, hole);
    const isAway = this.#faults.has(camera) || this.#late.has(camera);
    return !isInHole && !isAway && !this.#troubles.has(camera);
  }

  /** Of a camera. `known`: as of the last time; until pictures are there, that is all one knows. */
  status(
    camera: string,
    place: Omit<Parameters<typeof statusOf>[0], 'hole'>,
    known: TileStatus | undefined,
  ): TileStatus {
    const trouble = this.#faults.get(camera) ?? this.#troubles.get(camera);
    if (trouble) return { trouble };
    const shown = this.#fallbacks.has(camera) ? { isFallback: true } : {};
    if (known) {
      const { noFootageUntil: until } = known;
      return { ...shown, ...(until !== undefined && { noFootageUntil: until }) };
    }
    return { ...shown, ...statusOf({ ...place, hole: this.#holes.get(camera) }) };
  }
}

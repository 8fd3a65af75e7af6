// The servers of a playback, as one: what is asked for goes to all of them, and what they send counts
// together.
import { camerasOfServers } from '../federation/ids.js';
import type { Chase } from './catch-up.js';
import type { Part } from './part.js';
import { Patience } from './patience.js';
import type { Refusal, ServerState } from './snapshot.js';
import { areEnded, landingOf, overHoles, reachOf } from './together.js';

type Direction = 1 | -1;

export class Parts {
  readonly #all: readonly Part[];
  readonly #patience = new Patience<Part>();

  /** `make`: the part of a server (`''`: the server itself) with its cameras. */
  constructor(cameras: readonly string[], make: (nodeId: string, cameras: string[]) => Part) {
    this.#all = [...camerasOfServers(cameras)].map(([nodeId, ids]) => make(nodeId, ids));
  }

  // ---- what is asked of all

  open(): void {
    for (const part of this.#all) part.open();
  }

  close(): void {
    for (const part of this.#all) part.close();
  }

  play(isPlaying: boolean): void {
    for (const part of this.#all) part.play(isPlaying);
  }

  /** `position`: whole UTC milliseconds. */
  seek(position: number): void {
    this.#patience.clear();
    for (const part of this.#all) part.seek(position);
  }

  speed(speed: number, turns: boolean): void {
    for (const part of this.#all) part.speed(speed, turns);
  }

  /** One more picture of those whose next one may be in front of `next`, the first that came. */
  step(next: number | undefined, now: number): void {
    for (const part of this.#all) {
      const { isLate, isEnded, reach = Number.NEGATIVE_INFINITY } = part;
      const isShort = reach < (next ?? Number.POSITIVE_INFINITY);
      if (!isLate && !isEnded && isShort) part.step(now);
    }
  }

  /** False where a server has to be told again how much was taken. */
  tell(clock: { position: number; speed: number }, now: number): boolean {
    return this.#all.map((part) => part.tell(clock, now)).every(Boolean);
  }

  // ---- how far they are together

  reach(direction: Direction): number | undefined {
    return reachOf(this.#all, direction);
  }

  get areEnded(): boolean {
    return areEnded(this.#all);
  }

  over(position: number, direction: Direction): number | undefined {
    return overHoles(this.#all, position, direction);
  }

  get haveLanded(): boolean {
    return this.#all.some(({ isLate, landed }) => !isLate && landed !== undefined);
  }

  landing(direction: Direction, isOver: boolean): 'there' | number | undefined {
    return landingOf(this.#all, direction, isOver);
  }

  // ---- who is waited for

  of(camera: string): Part | undefined {
    return this.#all.find(({ cameras }) => cameras.includes(camera));
  }

  /** No other one is waited for. */
  isAlone(part: Part): boolean {
    return this.#all.every((other) => other === part || other.isLate);
  }

  /** A seek takes long: who has not said anything about it is gone without. */
  leaveSilent(): void {
    for (const part of this.#all) {
      if (part.landed === undefined && !part.isEnded) part.leaveBehind();
    }
  }

  /** While no seek is under way: who keeps the others from playing is gone without, and comes in again. */
  follow(chase: Chase, isRunning: boolean, now: number): void {
    const late = chase.isRunning
      ? this.#patience.over(this.#all, { ...chase, isRunning }, now)
      : [];
    if (!chase.isRunning) this.#patience.clear();
    for (const part of [...late, ...this.#withoutStep(now)]) part.leaveBehind();
    for (const part of this.#all) part.follow(chase);
  }

  /** Those whose next picture does not come, where others have theirs. */
  #withoutStep(now: number): Part[] {
    const awaited = this.#all.filter(({ isLate }) => !isLate);
    const overdue = awaited.filter((part) => part.isStepOverdue(now));
    return overdue.length < awaited.length ? overdue : [];
  }

  /** What is wrong with a server is said at its tiles, where others may be right. */
  look(now: number): void {
    if (this.#all.length < 2) return;
    for (const part of this.#all) part.look(now);
  }

  get states(): ServerState[] {
    return this.#all.map(({ state }) => state);
  }

  /** What was refused last, as far as no tile says it. */
  get refused(): Refusal | undefined {
    const [only, another] = this.#all;
    if (only && !another) return only.refusal ?? only.cameraRefusal;
    return this.#all.find(({ cameraRefusal }) => cameraRefusal)?.cameraRefusal;
  }
}

// The rules by which servers that send side by side are played as one: how far the clock may go, which
// holes it jumps over, where a seek comes out, and what the end is.
import type { Skips } from './skips.js';

/** What one server has sent since the last seek, as far as the clock has to know. */
export interface Lane {
  /** UTC milliseconds up to which its pictures came; undefined: none. */
  readonly reach: number | undefined;
  /** Nothing comes behind that. */
  readonly isEnded: boolean;
  /** The others go on without it. */
  readonly isLate: boolean;
  readonly skips: Skips;
  /** It has footage where the seek went, or the first behind it, UTC milliseconds; undefined: not known. */
  readonly landed: 'there' | number | undefined;
}

type Direction = 1 | -1;

/** UTC milliseconds up to which nothing is missing of any of them; at the end, of all together. */
export function reachOf(lanes: readonly Lane[], direction: Direction): number | undefined {
  const awaited = lanes.filter(({ isLate }) => !isLate);
  const going = awaited.filter(({ isEnded }) => !isEnded);
  if (going.length === 0) {
    const ends = awaited.flatMap(({ reach }) => reach ?? []);
    return furthest(ends, direction);
  }
  const reaches = going.flatMap(({ reach }) => reach ?? []);
  return reaches.length < going.length ? undefined : nearest(reaches, direction);
}

/** Nothing comes from any of them any more; those that are late may be anywhere. */
export function areEnded(lanes: readonly Lane[]): boolean {
  const awaited = lanes.filter(({ isLate }) => !isLate);
  return awaited.length > 0 && awaited.every(({ isEnded }) => isEnded);
}

/** Where the clock goes on from a hole that all of them have; undefined where one has footage. */
export function overHoles(
  lanes: readonly Lane[],
  position: number,
  direction: Direction,
): number | undefined {
  const going = lanes.filter((lane) => !lane.isLate && hasMore(lane, position, direction));
  const ends = going.flatMap(({ skips }) => skips.from(position, direction) ?? []);
  return ends.length < going.length ? undefined : nearest(ends, direction);
}

/**
 * Where a seek came out: `there` as soon as one of them has footage there, else where the first of them
 * goes on, once all have said (`isOver`: as far as they have). Undefined: it is not known yet.
 */
export function landingOf(
  lanes: readonly Lane[],
  direction: Direction,
  isOver: boolean,
): 'there' | number | undefined {
  const awaited = lanes.filter(({ isLate }) => !isLate);
  if (awaited.some(({ landed }) => landed === 'there')) return 'there';
  const mayYet = awaited.some(({ isEnded, landed }) => !isEnded && landed === undefined);
  if (mayYet && !isOver) return undefined;
  const found = awaited.flatMap(({ landed }) => (typeof landed === 'number' ? landed : []));
  return nearest(found, direction);
}

/** Also of one at its end pictures may wait to be shown. */
function hasMore({ isEnded, reach }: Lane, position: number, direction: Direction): boolean {
  return !isEnded || (reach !== undefined && (reach - position) * direction > 0);
}

/** The first of them in the direction of play. */
function nearest(times: readonly number[], direction: Direction): number | undefined {
  if (times.length === 0) return undefined;
  return direction > 0 ? Math.min(...times) : Math.max(...times);
}

function furthest(times: readonly number[], direction: Direction): number | undefined {
  return nearest(times, direction > 0 ? -1 : 1);
}

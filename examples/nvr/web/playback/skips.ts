// Holes that the server jumps over: the clock does the same when it comes there.

export interface Skip {
  start: number;
  end: number;
}

export class Skips {
  #skips: Skip[] = [];

  add(skip: Skip): void {
    this.#skips.push(skip);
  }

  clear(): void {
    this.#skips = [];
  }

  /** Where the clock goes on from `position`; undefined where it is in no hole. */
  from(position: number, direction: 1 | -1): number | undefined {
    let at = position;
    for (const { start, end } of direction > 0 ? this.#skips : this.#skips.toReversed()) {
      if (direction > 0 && at >= start && at < end) at = end;
      if (direction < 0 && at <= end && at > start) at = start;
    }
    return at === position ? undefined : at;
  }
}

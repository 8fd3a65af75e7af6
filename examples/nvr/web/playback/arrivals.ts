// The pictures of one camera that came since the last seek, in the order in which they are shown. They
// come in the order in which they are decoded, and with B frames that is another one.

export interface Arrival {
  /** UTC milliseconds. */
  time: number;
  /** Footage is missing in front of it. */
  afterGap: boolean;
}

export class Arrivals {
  /** By time, ascending. */
  #pictures: Arrival[] = [];

  add(picture: Arrival): void {
    const before = this.#pictures.findLastIndex(({ time }) => time <= picture.time);
    this.#pictures.splice(before + 1, 0, picture);
  }

  /** The picture that belongs on the screen at `position`: its time has come last. */
  due(position: number, direction: 1 | -1): Arrival | undefined {
    return direction > 0
      ? this.#pictures.findLast(({ time }) => time <= position)
      : this.#pictures.find(({ time }) => time >= position);
  }

  /** The one behind it: its time comes next. */
  next(position: number, direction: 1 | -1): Arrival | undefined {
    return direction > 0
      ? this.#pictures.find(({ time }) => time > position)
      : this.#pictures.findLast(({ time }) => time < position);
  }

  /** Of those whose time has come only the last is of interest. */
  forget(position: number, direction: 1 | -1): void {
    const due = this.due(position, direction);
    if (!due) return;
    const i = this.#pictures.indexOf(due);
    if (direction > 0) this.#pictures.splice(0, i);
    else this.#pictures.length = i + 1;
  }

  clear(): void {
    this.#pictures = [];
  }
}

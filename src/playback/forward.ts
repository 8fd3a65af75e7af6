// One camera's frames from a moment on, across its segments, as they are to be handed out.
import type { SegmentPacket } from '../recording/index.js';
import type { Footage } from './footage.js';
import type { PlaybackItem, PlaybackSegment, WaitingFrame } from './frame.js';

/** Between segments: shorter ones are the rounding of two clocks. */
const MIN_GAP_MS = 500;

/** Where a seek leads within a segment. */
interface Landing {
  /** Timestamp of the key frame that decoding begins with. */
  key: number;
  /** UTC milliseconds of the frame that is on the screen at that moment. */
  shown: number;
}

export class Forward {
  #last: PlaybackSegment | undefined;
  /** Packets of the segment that were read, where it was still being written. */
  #read = 0;
  /** Some of them were handed out. */
  #hasBegun = false;
  /** Another file follows what was being written, so that it has come to its end. */
  #isCut = false;
  /** That file, once it was read to its end. */
  #drained: string | undefined;
  #afterGap = true;
  #due = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly footage: Footage,
    private readonly from: number,
  ) {}

  /** Where the footage goes on; undefined at its present end. */
  next(): PlaybackSegment | undefined {
    const last = this.#last;
    this.#isCut = false;
    if (!last) return this.footage.at(this.from);
    if (last.id !== undefined) return this.footage.after(last);
    // What was being written is read on where it was left, until it has its row and its end.
    const finished = this.footage.finished(last);
    if (finished) return finished;
    // Where another file follows it has come to its end: since it was read last, perhaps.
    const after = this.footage.after(last);
    this.#isCut = after !== undefined;
    return after && this.#drained === last.filePath ? after : last;
  }

  /** Up to the present end. What came since then is in the next walk. */
  async *walk(): AsyncGenerator<PlaybackItem[], void, void> {
    for (;;) {
      const segment = this.next();
      if (!segment) return;
      const goesOn = segment.filePath === this.#last?.filePath;
      const isCut = this.#isCut;
      const readOfLast = this.#read;
      if (!goesOn) this.#enter(segment);
      const before = this.#read;
      try {
        yield* this.#frames(segment);
      } catch (error) {
        // What is being written may lack its first picture yet, or be ended just now; the next walk tries
        // again, from where this one came to.
        if (segment.id === undefined) {
          if (this.#hasBegun) this.#last = segment;
          else this.#read = readOfLast;
          return;
        }
        this.#afterGap = true;
        yield [{ error: this.footage.problem(error, segment), segment }];
      }
      this.#last = segment;
      if (segment.id !== undefined || !goesOn) continue;
      if (isCut) this.#drained = segment.filePath;
      else if (this.#read === before) return;
    }
  }

  #enter(segment: PlaybackSegment): void {
    this.#read = 0;
    this.#hasBegun = false;
    const last = this.#last;
    if (last && Math.abs(segment.startTime - last.endTime) >= MIN_GAP_MS && !last.unfinished) {
      this.#afterGap = true;
    }
  }

  async *#frames(segment: PlaybackSegment): AsyncGenerator<PlaybackItem[], void, void> {
    const isFirst = this.#last === undefined;
    const landing = isFirst ? await this.#land(segment) : undefined;
    let landed = landing === undefined;
    let immediate = landing !== undefined;
    let skip = this.#read;
    for await (const packets of this.footage.read(segment)) {
      const items: WaitingFrame[] = [];
      for (const packet of packets) {
        if (skip > 0) {
          skip -= 1;
          continue;
        }
        this.#read += 1;
        const isVideo = packet.kind === 'video';
        if (!landed) landed = isVideo && packet.timestamp === landing?.key;
        if (!landed) continue;
        const time = segment.startTime + packet.timestamp / 1000;
        if (!isVideo && time < this.from) continue;
        const item = this.#item(segment, packet, landing);
        item.immediate = immediate && isVideo;
        if (isVideo && time === landing?.shown) immediate = false;
        items.push(item);
      }
      if (items.length === 0) continue;
      this.#hasBegun = true;
      yield items;
    }
  }

  #item(
    segment: PlaybackSegment,
    packet: SegmentPacket,
    landing: Landing | undefined,
  ): WaitingFrame {
    const { track: _, timestamp, decodeTimestamp, ...rest } = packet;
    const time = segment.startTime + timestamp / 1000;
    this.#due = Math.max(this.#due, segment.startTime + decodeTimestamp / 1000);
    const afterGap = this.#afterGap && packet.kind === 'video';
    if (afterGap) this.#afterGap = false;
    const preroll = landing !== undefined && time < landing.shown && packet.kind === 'video';
    const frame = { cameraId: segment.cameraId, ...rest, time, preroll, afterGap, segment };
    return { frame, due: this.#due, immediate: false };
  }

  /** Reads up to the moment that was sought, and keeps nothing of it. */
  async #land(segment: PlaybackSegment): Promise<Landing | undefined> {
    if (segment.startTime > this.from) return undefined;
    let landing: Landing | undefined;
    for await (const packets of this.footage.read(segment, false)) {
      for (const { timestamp, decodeTimestamp, keyFrame } of packets) {
        if (segment.startTime + decodeTimestamp / 1000 > this.from) return landing;
        const time = segment.startTime + timestamp / 1000;
        if (time > this.from) continue;
        if (keyFrame) landing = { key: timestamp, shown: Math.max(time, landing?.shown ?? 0) };
        else if (landing && time > landing.shown) landing.shown = time;
      }
    }
    return landing;
  }
}

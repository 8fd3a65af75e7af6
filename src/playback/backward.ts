// One camera's key frames from a moment back.
import type { Footage } from './footage.js';
import type { PlaybackItem, PlaybackSegment, WaitingFrame } from './frame.js';

interface KeyFrame {
  timestamp: number;
  bytes: number;
}

export class Backward {
  #afterGap = true;

  /** Key frames up to `from`, at most `maxBytes` of them in memory. */
  constructor(
    private readonly footage: Footage,
    private readonly from: number,
    private readonly maxBytes: number,
  ) {}

  async *walk(): AsyncGenerator<PlaybackItem[], void, void> {
    let segment = this.footage.upTo(this.from);
    while (segment) {
      try {
        yield* this.#keyFrames(segment);
      } catch (error) {
        this.#afterGap = true;
        yield [{ error: this.footage.problem(error, segment), segment }];
      }
      segment = this.footage.before(segment);
    }
  }

  /** A file is read from its start, so its key frames come in windows, the last of them first. */
  async *#keyFrames(segment: PlaybackSegment): AsyncGenerator<PlaybackItem[], void, void> {
    const keyFrames = await this.#list(segment);
    while (keyFrames.length > 0) {
      let bytes = 0;
      let first = keyFrames.length;
      while (first > 0 && (bytes === 0 || bytes < this.maxBytes)) {
        first -= 1;
        bytes += (keyFrames[first] as KeyFrame).bytes;
      }
      const window = keyFrames.splice(first);
      yield await this.#load(segment, window);
    }
  }

  async #list(segment: PlaybackSegment): Promise<KeyFrame[]> {
    const found: KeyFrame[] = [];
    for await (const packets of this.footage.read(segment, false)) {
      for (const { timestamp, decodeTimestamp, keyFrame, data } of packets) {
        if (segment.startTime + decodeTimestamp / 1000 > this.from) return found;
        if (!keyFrame || segment.startTime + timestamp / 1000 > this.from) continue;
        found.push({ timestamp, bytes: data.length });
      }
    }
    return found;
  }

  async #load(segment: PlaybackSegment, window: readonly KeyFrame[]): Promise<WaitingFrame[]> {
    const wanted = new Set(window.map(({ timestamp }) => timestamp));
    const items: WaitingFrame[] = [];
    for await (const packets of this.footage.read(segment, false)) {
      for (const packet of packets) {
        if (!packet.keyFrame || !wanted.has(packet.timestamp)) continue;
        const { track: _, timestamp, decodeTimestamp: __, ...rest } = packet;
        const time = segment.startTime + timestamp / 1000;
        const { cameraId } = segment;
        const frame = { cameraId, ...rest, time, preroll: false, afterGap: false, segment };
        items.unshift({ frame, due: time, immediate: false });
      }
      if (items.length === wanted.size) break;
    }
    const [latest] = items;
    if (latest && this.#afterGap) {
      latest.frame.afterGap = true;
      this.#afterGap = false;
    }
    return items;
  }
}

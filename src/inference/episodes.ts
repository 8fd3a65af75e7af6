// When what a model finds begins and ends: boxes of single pictures become one event per label.
import { type Box, type DetectionResult, unite } from './result.js';

/** Something is to be seen at a camera: begins, goes on, is over. */
export interface DetectionEvent {
  cameraId: string;
  phase: 'start' | 'update' | 'end';
  label: string;
  /** UTC milliseconds, of the first and, so far, the last frame that it was seen in. */
  from: number;
  to: number;
  /** The highest so far. */
  score: number;
  /** How many of them at once, at most so far. */
  count: number;
  /** Around all places where it was seen so far; shares of the picture. */
  box: Box;
}

export interface EpisodeOptions {
  /** Frames in a row of results that it has to be seen in, to begin. */
  minResults: number;
  stopAfterMs: number;
  updateEveryMs: number;
  maxEventMs: number;
}

interface Episode {
  event: Omit<DetectionEvent, 'phase'>;
  results: number;
  begun: boolean;
  toldAt: number;
}

/** One camera's. */
export class DetectionEpisodes {
  readonly #episodes = new Map<string, Episode>();

  constructor(
    private readonly options: EpisodeOptions,
    private readonly tell: (event: DetectionEvent) => void,
  ) {}

  see(result: DetectionResult): void {
    this.pass(result.at);
    const seen = new Map<string, { box: Box; score: number; count: number }>();
    for (const { label, score, ...place } of result.boxes) {
      const box = { x: place.x, y: place.y, width: place.width, height: place.height };
      const before = seen.get(label);
      if (before) {
        before.box = unite(before.box, box);
        before.score = Math.max(before.score, score);
        before.count++;
      } else {
        seen.set(label, { box, score, count: 1 });
      }
    }
    for (const [label, episode] of this.#episodes) {
      if (result.at - episode.event.from >= this.options.maxEventMs) this.#end(label, episode);
      if (!episode.begun && !seen.has(label)) this.#episodes.delete(label);
    }
    for (const [label, { box, score, count }] of seen)
      this.#extend(result, label, box, score, count);
  }

  /** The time is `now`, with or without results. */
  pass(now: number): void {
    for (const [label, episode] of this.#episodes) {
      if (now - episode.event.to > this.options.stopAfterMs) this.#end(label, episode);
    }
  }

  end(): void {
    for (const [label, episode] of this.#episodes) this.#end(label, episode);
  }

  #extend(result: DetectionResult, label: string, box: Box, score: number, count: number): void {
    const { cameraId, at } = result;
    let episode = this.#episodes.get(label);
    if (!episode) {
      const event = { cameraId, label, from: at, to: at, score, count, box };
      episode = { event, results: 0, begun: false, toldAt: at };
      this.#episodes.set(label, episode);
    }
    const { event } = episode;
    event.to = Math.max(event.to, at);
    event.score = Math.max(event.score, score);
    event.count = Math.max(event.count, count);
    event.box = unite(event.box, box);
    episode.results++;
    if (!episode.begun) {
      if (episode.results < this.options.minResults) return;
      episode.begun = true;
      episode.toldAt = at;
      this.tell({ ...event, phase: 'start' });
    } else if (at - episode.toldAt >= this.options.updateEveryMs) {
      episode.toldAt = at;
      this.tell({ ...event, phase: 'update' });
    }
  }

  #end(label: string, episode: Episode): void {
    this.#episodes.delete(label);
    if (episode.begun) this.tell({ ...episode.event, phase: 'end' });
  }
}

// Power cuts at points of one recorded log: rebuilds each, and holds it against what the log says was
// acknowledged before the cut.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import {
  copyDirectory,
  type LoggedCall,
  PowerCut,
  readLog,
  seeded,
} from '../support/power-loss.js';
import { type Acknowledged, type Bed, type News, removeFolder } from './bed.js';
import { type Checked, checkAfterFault } from './check-storage.js';

/** What a power cut may cost of each stream. */
export const MAX_LOSS_MS = 1000;

export interface CutResult {
  /** Number of the call in front of which the machine went dark. */
  cut: number;
  variant: 'strict' | 'torn';
  call: string;
  problems: string[];
  /** From the last frame in the storage to the cut, by camera; what was sent in the last moment too. */
  lostMs: Record<string, number>;
}

/** A recording of some seconds with everything that it did to its directory. */
export class LoggedRecording {
  private constructor(
    private readonly bed: Bed,
    readonly calls: readonly LoggedCall[],
    private readonly base: string,
    private readonly startedAt: number,
  ) {}

  static async make(
    bed: Bed,
    segments: number,
    storage = bed.newStorage(),
  ): Promise<LoggedRecording> {
    const base = join(mkdtempSync(join(bed.folder, 'before-')), 'disk');
    copyDirectory(storage, base);
    const child = bed.record(storage, { log: true });
    await child.until(
      'segments',
      () => child.segments().length >= segments,
      segments * 5000 + 15_000,
    );
    child.kill();
    await child.ends();
    return new LoggedRecording(bed, readLog(child.log), base, child.startedAt);
  }

  /** Calls that change something: cuts between two marks are the same cut. */
  points(): number[] {
    return this.calls.flatMap(({ op }, i) => (op === 'mark' || op === 'begin' ? [] : [i]));
  }

  /** The power fails in front of each of these calls, in ascending order. */
  async *cutAt(cuts: readonly number[], seed: number): AsyncGenerator<CutResult> {
    const power = new PowerCut(this.calls, this.base);
    for (const [i, cut] of cuts.entries()) {
      power.advanceTo(cut);
      const variant = i % 2 === 0 ? 'strict' : 'torn';
      const folder = mkdtempSync(join(this.bed.folder, 'cut-'));
      const storage = join(folder, 'disk');
      power.materialise(storage, variant, seeded(seed + cut));
      const { op, path, wallMs } = this.calls[cut] as LoggedCall;
      const checked = await checkAfterFault(storage, {
        acknowledged: this.acknowledgedBefore(cut),
        owed: this.#owed(wallMs),
      });
      const result: CutResult = {
        ...{ cut, variant, call: `${op} ${path}`, problems: checked.problems },
        lostMs: this.#lost(checked, wallMs),
      };
      if (checked.problems.length === 0 || !process.env.FLUXVISION_FAULTS_KEEP)
        removeFolder(folder);
      yield result;
    }
  }

  acknowledgedBefore(cut: number): Acknowledged[] {
    const text = Buffer.concat(
      this.calls.slice(0, cut).flatMap(({ op, data }) => (op === 'mark' ? [data] : [])),
    ).toString();
    const news = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as News);
    return news.filter(({ event }) => event === 'segment') as unknown as Acknowledged[];
  }

  #owed(cutAt: number): Record<string, number> {
    const owed = (id: string) => this.bed.sent(id, this.startedAt, cutAt - MAX_LOSS_MS);
    return Object.fromEntries(this.bed.cameraIds().map((id) => [id, owed(id)]));
  }

  /** How long before the cut the first frame was sent that is not there. */
  #lost({ frames }: Checked, cutAt: number): Record<string, number> {
    const lost: Record<string, number> = {};
    for (const id of this.bed.cameraIds()) {
      const sent = this.bed.simulator
        .sentFrames(this.bed.streamOf(id))
        .filter(({ sentAt }) => sentAt >= this.startedAt && sentAt <= cutAt);
      const first = sent[frames[id] ?? 0];
      lost[id] = first ? cutAt - first.sentAt : 0;
    }
    return lost;
  }
}

/** `count` of the points, evenly spread and the same for the same seed. */
export function sample(points: readonly number[], count: number, seed: number): number[] {
  const random = seeded(seed);
  const step = points.length / Math.min(count, points.length);
  return Array.from(
    { length: Math.min(count, points.length) },
    (_, i) => points[Math.min(points.length - 1, Math.floor((i + random()) * step))] as number,
  );
}

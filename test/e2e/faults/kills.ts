// Kills a recorder at a point, or at the Nth change of any kind, and holds its storage against what was
// acknowledged and sent.
import type { Acknowledged, Bed, RecordingChild } from './bed.js';
import { checkAfterFault } from './check-storage.js';
import type { KillPoint } from './kill-points.js';

/** What a kill may cost of each stream. */
export const MAX_LOSS_MS = 1000;

export interface KillResult {
  problems: string[];
  /** False: the process ended otherwise, and nothing is shown. */
  killed: boolean;
  act: string;
  child: RecordingChild;
}

/** A storage that is recorded to and killed, again and again. */
export class KilledStorage {
  readonly storage: string;
  readonly acknowledged: Acknowledged[] = [];
  #frames: Record<string, number> = {};
  #deleting = false;

  constructor(private readonly bed: Bed) {
    this.storage = bed.newStorage();
  }

  async killAt(point: KillPoint): Promise<KillResult> {
    this.#deleting ||= point.deleting ?? false;
    const child = this.bed.record(this.storage, {
      rules: point.rules,
      ...(point.deleting && {
        retention: { maxBytes: 300_000, minFreeBytes: 0 },
        retainEvery: 300,
      }),
    });
    await child.ends();
    const problems = await this.#check(child);
    const killed =
      child.exit?.signal === 'SIGKILL' && child.acts().some((act) => /^kill/.test(act));
    return { problems, killed, act: child.acts().at(-1) ?? 'no act', child };
  }

  /** Records without a fault up to a first segment of each camera. */
  async goesOn(): Promise<string[]> {
    const child = this.bed.record(this.storage);
    try {
      await child.until('a segment of each camera', () => {
        const of = new Set(child.segments().map(({ cameraId }) => cameraId));
        return of.size === this.bed.cameras;
      });
      await child.close();
    } catch (error) {
      child.kill();
      await child.ends();
      return [String(error)];
    }
    return this.#check(child);
  }

  async #check(child: RecordingChild): Promise<string[]> {
    this.acknowledged.push(...child.segments());
    const owed: Record<string, number> = {};
    for (const id of this.#deleting ? [] : this.bed.cameraIds()) {
      const sent = this.bed.sent(id, child.startedAt, child.endedAt - MAX_LOSS_MS);
      owed[id] = (this.#frames[id] ?? 0) + sent;
    }
    const { problems, frames } = await checkAfterFault(this.storage, {
      acknowledged: this.acknowledged,
      owed,
      deletesOldest: this.#deleting,
    });
    this.#frames = frames;
    return problems;
  }
}

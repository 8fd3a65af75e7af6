// One line per camera on a terminal, redrawn in place.
import type { RecorderStats } from '../index.js';

/** Counters of one camera at one moment. */
interface Sample {
  at: number;
  frames: number;
  bytes: number;
}

/** Writes the state of a recorder's cameras over what it wrote before. */
export class StatusLines {
  readonly #samples = new Map<string, Sample>();
  #drawn = 0;

  constructor(private readonly out: NodeJS.WriteStream) {}

  draw(stats: RecorderStats, now: number): void {
    const lines = Object.entries(stats.cameras).map(([id, camera]) => {
      const sample = {
        at: now,
        frames: camera.camera.accessUnits,
        bytes: camera.camera.bytesReceived,
      };
      const before = this.#samples.get(id) ?? sample;
      this.#samples.set(id, sample);
      const seconds = Math.max(0.001, (now - before.at) / 1000);
      const fps = ((sample.frames - before.frames) / seconds).toFixed(1);
      const mbits = (((sample.bytes - before.bytes) * 8) / seconds / 1e6).toFixed(2);
      const problem =
        camera.state === 'waiting' && camera.lastError ? `  ${camera.lastError.message}` : '';
      return (
        `${id.padEnd(16)} ${camera.state.padEnd(10)} ${fps.padStart(5)} fps ` +
        `${mbits.padStart(7)} Mbit/s  ${camera.camera.packetsLost} lost  ` +
        `${camera.writer.segmentsWritten} segments${problem}`
      );
    });
    this.clear();
    const width = this.out.columns || 80; // 0: a terminal without a size
    this.out.write(lines.map((line) => `${line.slice(0, width - 1)}\n`).join(''));
    this.#drawn = lines.length;
  }

  /** Takes the lines away, so that other text can be written. */
  clear(): void {
    if (this.#drawn > 0) this.out.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}

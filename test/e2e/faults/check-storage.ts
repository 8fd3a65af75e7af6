// What must hold of a storage after any fault: returns a sentence for each thing that does not.
import { join } from 'node:path';
import {
  checkStorage,
  KeyManager,
  Recorder,
  RecordingIndex,
  type RecoveryReport,
} from '../../../src/index.js';
import { type Acknowledged, PASSPHRASE } from './bed.js';

/** Shorter holes are none: rounding, and the pause in which a frame waits for its successor. */
const HOLE_MS = 500;

export interface Expectation {
  /** Segments that were announced; all of them must be there, whole. */
  acknowledged: readonly Acknowledged[];
  /** Frames that must be in the storage at least, by camera. */
  owed?: Record<string, number>;
  /** Only retention takes footage away, and only the oldest: acknowledged segments may lack from the front. */
  deletesOldest?: boolean;
}

export interface Checked {
  problems: string[];
  recovery?: RecoveryReport;
  frames: Record<string, number>;
  /** End of the newest segment, by camera. */
  endsAt: Record<string, number>;
}

/** Opens the storage as every start does, then holds it against what is expected. */
export async function checkAfterFault(storage: string, expected: Expectation): Promise<Checked> {
  const checked: Checked = { problems: [], frames: {}, endsAt: {} };
  const say = (problem: string) => checked.problems.push(problem);
  let keys: KeyManager | undefined;
  try {
    keys = await KeyManager.open({ directory: join(storage, 'keys'), passphrase: PASSPHRASE });
    const recorder = await Recorder.open({ storage, keys });
    checked.recovery = recorder.recovery;
    await recorder.close();
    for (const { file, code, message } of checked.recovery.problems) {
      say(`recovery: ${code} ${file}: ${message}`);
    }
    const report = await checkStorage({ storage, keys, depth: 'contents' });
    for (const { file, code, message } of report.problems)
      say(`check: ${code} ${file}: ${message}`);
    await compareRows(storage, expected, checked, say);
  } catch (error) {
    say(`opening: ${(error as Error).stack ?? error}`);
  } finally {
    await keys?.close();
  }
  return checked;
}

async function compareRows(
  storage: string,
  { acknowledged, owed = {}, deletesOldest = false }: Expectation,
  checked: Checked,
  say: (problem: string) => void,
): Promise<void> {
  const index = await RecordingIndex.open({ storage, readOnly: true });
  try {
    let lacking = true;
    // Several cameras end their segments in another order than they began them.
    const oldestFirst = [...acknowledged].sort((a, b) => a.startTime - b.startTime);
    for (const { filePath, frames, fileSize } of oldestFirst) {
      const row = index.byPath(filePath);
      if (!row) {
        if (!deletesOldest || !lacking) say(`acknowledged, and not in the index: ${filePath}`);
        continue;
      }
      lacking = false;
      if (row.frames !== frames || row.fileSize !== fileSize) {
        say(`${filePath}: ${row.frames} frames of ${frames}, ${row.fileSize} bytes of ${fileSize}`);
      }
    }
    for (const { id } of index.cameras()) {
      const rows = index.segments({ cameraId: id });
      checked.frames[id] = rows.reduce((sum, { frames }) => sum + frames, 0);
      checked.endsAt[id] = Math.max(0, ...rows.map(({ endTime }) => endTime));
      const gaps = index.gaps({ cameraId: id });
      for (const [i, { endTime: from, filePath }] of rows.entries()) {
        const to = rows[i + 1]?.startTime ?? 0;
        if (to - from < HOLE_MS) continue;
        const explained = gaps.filter(
          (gap) => gap.from < to && gap.to > from && gap.reason !== 'unknown',
        );
        if (explained.length === 0) say(`${to - from} ms without a reason behind ${filePath}`);
      }
    }
    for (const [id, frames] of Object.entries(owed)) {
      const got = checked.frames[id] ?? 0;
      if (got < frames) say(`camera ${id}: ${got} frames of at least ${frames}`);
    }
  } finally {
    await index.close();
  }
}

// Two recorded cameras, the keys of their storage, and exports of them.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExportManifest,
  exportFootage,
  type FootageExport,
  type FootageExportOptions,
  KeyManager,
  type SegmentRecord,
} from '../../../src/index.js';
import { passphrase, type Recorded, record, remove } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';

export const packagePassphrase = 'another passphrase, for the court';

export interface Source {
  recorded: Recorded;
  keys: KeyManager;
  from: number;
  to: number;
  of(camera: string): SegmentRecord[];
  /** An export in a directory of its own. */
  export(changes?: Partial<FootageExportOptions>): Promise<FootageExport>;
  close(): Promise<void>;
}

export async function openSource(): Promise<Source> {
  const recorded = await record(130, { cameraIds: ['door', 'yard'] });
  const keys = await KeyManager.open({
    directory: join(recorded.storage, 'keys'),
    passphrase,
    actor: 'officer',
  });
  const from = Math.min(...recorded.segments.map(({ startTime }) => startTime));
  const to = Math.max(...recorded.segments.map(({ endTime }) => endTime));
  const cameras = ['door', 'yard'];
  return {
    recorded,
    keys,
    from,
    to,
    of: (camera) => recorded.segments.filter(({ cameraId }) => cameraId === camera),
    export: (changes = {}) =>
      exportFootage({
        ...{ storage: recorded.storage, keys, cameras, from, to },
        directory: changes.directory ?? temporaryDirectory(),
        ...(changes.format === 'sealed' && { packagePassphrase }),
        ...changes,
      }),
    close: async () => {
      await keys.close();
      remove(recorded);
    },
  };
}

/** A copy that a test may damage. */
export function copyOfExport(directory: string): string {
  const copy = join(temporaryDirectory(), 'copy');
  cpSync(directory, copy, { recursive: true });
  return copy;
}

export function flipByte(file: string, at = 0.5): void {
  const bytes = readFileSync(file);
  const offset = Math.min(bytes.length - 1, Math.floor(bytes.length * at));
  bytes[offset] = (bytes[offset] as number) ^ 1;
  writeFileSync(file, bytes);
}

export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

export function framesOf(manifest: ExportManifest, camera: string): number {
  return manifest.files
    .filter(({ cameraId }) => cameraId === camera)
    .reduce((sum, { frames }) => sum + frames, 0);
}

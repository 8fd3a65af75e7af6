// A temporary folder for a whole test file, and waiting for things to become true.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';

/** Made at once, gone after the file's last test. */
export function folderOfThisFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Polls until `condition` holds; the test's own time limit ends a wait that never does. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

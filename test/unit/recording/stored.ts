// An index for one test, and what fills it.
import { onTestFinished } from 'vitest';
import { RecordingIndex } from '../../../src/recording/recording-index.js';
import { temporaryDirectory } from '../temporary-directory.js';

export * from './stored-segments.js';

/** An index, and its directory. */
export async function openIndex(storage = temporaryDirectory()): Promise<RecordingIndex> {
  const index = await RecordingIndex.open({ storage });
  onTestFinished(() => index.close());
  return index;
}

// Long work of a command: a progress bar, and Ctrl-C that ends it cleanly.
import { Exit } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { type Progress, startProgress } from './progress.js';

/**
 * Runs `work` under a progress bar that says `action`. The bar is gone when this returns. Where a
 * signal interrupted it, ends with the status that says so.
 */
export async function supervised<T>(
  action: string,
  work: (supervision: { signal: AbortSignal; update: Progress['update'] }) => Promise<T>,
): Promise<T> {
  const interrupt = onInterrupt();
  const progress = startProgress(action);
  try {
    return await work({ signal: interrupt.signal, update: progress.update });
  } catch (error) {
    if (interrupt.status !== undefined) throw new Exit(interrupt.status);
    throw error;
  } finally {
    progress.stop();
    interrupt.release();
  }
}

// Runs jobs of the engine's decode threads, a few at a time: they take a bounded number, and callers
// may ask for any.
import { abortError, throwIfAborted } from '../events.js';
import { type NativeThumbnailRequest, type NativeThumbnails, native } from '../native/index.js';

const ACTION = 'Making thumbnails';

/** As many threads as there ever are; the others' jobs wait here. */
const MOST_RUNNING = 8;

let running = 0;
const waiting = new Set<() => void>();

/** Rejects with what the engine throws, and with `ERR_ABORTED`. */
export async function runThumbnailJob(
  request: NativeThumbnailRequest,
  abort: AbortSignal | undefined,
): Promise<NativeThumbnails> {
  await takeTurn(abort);
  try {
    const job = new native.ThumbnailJob(request);
    const onAbort = () => job.abort();
    abort?.addEventListener('abort', onAbort, { once: true });
    try {
      return await job.run();
    } catch (error) {
      if (abort?.aborted) throw abortError(ACTION, abort);
      throw error;
    } finally {
      abort?.removeEventListener('abort', onAbort);
    }
  } finally {
    passTurn();
  }
}

async function takeTurn(abort: AbortSignal | undefined): Promise<void> {
  throwIfAborted(abort, ACTION);
  if (running < MOST_RUNNING) {
    running += 1;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const onTurn = () => {
      abort?.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      waiting.delete(onTurn);
      reject(abortError(ACTION, abort as AbortSignal));
    };
    waiting.add(onTurn);
    abort?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The one who waited longest goes on in this one's place. */
function passTurn(): void {
  const [next] = waiting;
  if (!next) {
    running -= 1;
    return;
  }
  waiting.delete(next);
  next();
}

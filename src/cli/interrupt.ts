// Ctrl-C and SIGTERM: the first asks the command to finish cleanly, a second Ctrl-C ends it at once.
import { ExitCode } from './exit-codes.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit status that says how it was interrupted; undefined where it was not. */
  readonly status: number | undefined;
  /** Gives the signals back. */
  release(): void;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let status: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    const code = name === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
    if (status !== undefined && name === 'SIGINT') process.exit(code);
    status ??= code;
    controller.abort(name);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    get status() {
      return status;
    },
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** Resolves after `ms`, or as soon as `signal` fires. */
export function sleep(ms: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, Math.min(ms ?? 0x7fffffff, 0x7fffffff));
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    }
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish, { once: true });
  });
}

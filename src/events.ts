// Delivery of batched native events to listeners, such that no failure of one eats another.
import { FluxError } from './errors.js';

/**
 * Hands each event of a batch to `handle`. What a listener throws surfaces as an uncaught exception,
 * as from any event emitter, but only after the whole batch was delivered.
 */
export function deliver<Event>(events: readonly Event[], handle: (event: Event) => void): void {
  for (const event of events) {
    try {
      handle(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

interface ErrorEmitter {
  listenerCount(name: 'error'): number;
  emit(name: 'error', error: FluxError): boolean;
}

/** Emits 'error'; where nobody listens it is a process warning and not the process's end. */
export function emitError(emitter: ErrorEmitter, error: FluxError): void {
  if (emitter.listenerCount('error') > 0) {
    emitter.emit('error', error);
    return;
  }
  warn(error);
}

/** A process warning, for an error that nobody listens to. */
export function warn(error: FluxError): void {
  process.emitWarning(error.message, { type: 'FluxWarning', code: error.code });
}

/** `error` itself where it is a FluxError, else a FluxError with `code` around it. */
export function asFluxError(error: unknown, code: string, action: string): FluxError {
  if (error instanceof FluxError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new FluxError(code, `${action}: ${reason}`, { cause: error });
}

/** The error of an operation that its AbortSignal ended. */
export function abortError(action: string, signal: AbortSignal): FluxError {
  return new FluxError('ERR_ABORTED', `${action} was aborted.`, { cause: signal.reason });
}

/** Throws ERR_ABORTED where `signal` has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, action: string): void {
  if (signal?.aborted) throw abortError(action, signal);
}

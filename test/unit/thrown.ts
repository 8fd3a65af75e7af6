// What a call threw or rejected with, so that tests can look at its code and message.
import { FluxError } from '../../src/errors.js';

export function thrownBy(call: () => unknown): FluxError {
  try {
    call();
  } catch (error) {
    if (error instanceof FluxError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function rejectionOf(call: () => Promise<unknown>): Promise<FluxError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof FluxError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

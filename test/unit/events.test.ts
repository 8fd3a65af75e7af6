import { EventEmitter, once } from 'node:events';
import { expect, it } from 'vitest';
import { FluxError } from '../../src/errors.js';
import { asFluxError, deliver, emitError } from '../../src/events.js';

it('delivers the whole batch although a listener throws, and the exception still surfaces', async () => {
  const seen: number[] = [];
  // Vitest listens too, and would take the exception for a failure of the test.
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const surfaced = once(process, 'uncaughtException');
  deliver([1, 2, 3], (value) => {
    seen.push(value);
    if (value === 1) throw new Error('from a listener');
  });
  const [error] = await surfaced;
  for (const listener of listeners) process.on('uncaughtException', listener);
  expect(seen).toEqual([1, 2, 3]);
  expect(error.message).toBe('from a listener');
});

it('emits errors where someone listens', () => {
  const emitter = new EventEmitter();
  const seen: FluxError[] = [];
  emitter.on('error', (error) => seen.push(error));
  const error = new FluxError('ERR_X', 'x');
  emitError(emitter, error);
  expect(seen).toEqual([error]);
});

it('warns, and does not end the process, where nobody listens for errors', async () => {
  const warned = once(process, 'warning');
  emitError(new EventEmitter(), new FluxError('ERR_X', 'the disk is slow'));
  const [warning] = await warned;
  expect(warning).toMatchObject({
    name: 'FluxWarning',
    code: 'ERR_X',
    message: 'the disk is slow',
  });
});

it('keeps the cause of foreign errors', () => {
  const cause = new Error('EACCES');
  expect(asFluxError(cause, 'ERR_IO', 'Reading x')).toMatchObject({
    code: 'ERR_IO',
    message: 'Reading x: EACCES',
    cause,
  });
});

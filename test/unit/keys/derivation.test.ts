// Passwords are hashed on a thread of their own: not on libuv's pool, which does the file work of Node,
// and one at a time, with an end to the queue.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isFluxError } from '../../../src/errors.js';
import { native } from '../../../src/native/index.js';
import { temporaryDirectory } from '../temporary-directory.js';

const salt = Buffer.alloc(16, 1);
const derive = () => native.deriveKey(Buffer.from('password'), salt, 100_000);
const poolThreads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);

/** Opening a FIFO to read waits, on a thread of the pool, until somebody opens it to write. */
function blockPool() {
  const directory = temporaryDirectory();
  const fifos = Array.from({ length: poolThreads }, (_, i) => join(directory, `fifo${i}`));
  execFileSync('mkfifo', fifos);
  const opened = fifos.map((fifo) => open(fifo));
  return async () => {
    for (const fifo of fifos) closeSync(openSync(fifo, 'w'));
    for (const file of await Promise.all(opened)) await file.close();
  };
}

it('goes on while every thread of libuv waits', async () => {
  const release = blockPool();
  const order: string[] = [];
  const looked = stat('/').then(() => order.push('file work'));
  try {
    await Promise.all([derive(), derive(), derive()]);
    order.push('passwords');
  } finally {
    await release();
  }
  await looked;
  expect(order).toEqual(['passwords', 'file work']);
});

it('does 40 at once one by one, refuses what is too much, and lets file work pass', async () => {
  const directory = temporaryDirectory();
  let derived = 0;
  const count = () => {
    derived++;
  };
  const outcomes = Array.from({ length: 40 }, () => derive().then(count));
  const settled = Promise.allSettled(outcomes);
  await writeFile(join(directory, 'file'), 'content', { flush: true });
  expect(derived).toBeLessThan(30);
  const refused = (await settled).filter(({ status }) => status === 'rejected');
  // One is hashed and 32 wait; the first may be taken up only after the second has come.
  expect(derived).toBeGreaterThanOrEqual(32);
  expect(derived + refused.length).toBe(40);
  for (const refusal of refused as PromiseRejectedResult[]) {
    expect(isFluxError(refusal.reason, 'ERR_BUSY')).toBe(true);
  }
  await derive();
});

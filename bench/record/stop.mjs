import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for the end of a child, and ends it where it does not go by itself. */
export async function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  if ((await Promise.race([ended, sleep(10000, 'late')])) === 'late') child.kill('SIGKILL');
  await ended;
}

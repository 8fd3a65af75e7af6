// Runs the command line in the test's process and collects what it writes.
import { vi } from 'vitest';
import { run } from '../../../src/cli/program.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process; what it writes so far is in the returned object. */
export function start(...argv: string[]): {
  written: Omit<Outcome, 'code'>;
  ended: Promise<Outcome>;
} {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const ended = run(argv)
    .finally(() => {
      for (const spy of spies) spy.mockRestore();
    })
    .then((code) => ({ code, ...written }));
  return { written, ended };
}

export function fluxvision(...argv: string[]): Promise<Outcome> {
  return start(...argv).ended;
}

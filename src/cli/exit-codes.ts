// What the command's exit status means; documented in docs/cli.md.

export const ExitCode = {
  ok: 0,
  /** The operation failed, or what was verified was altered. */
  failed: 1,
  /** Wrong arguments. */
  usage: 2,
  /** Stopped by Ctrl-C before its work was done. */
  interrupted: 130,
  /** Stopped by SIGTERM before its work was done. */
  terminated: 143,
} as const;

/** Ends a command with a status, after what there is to say was said. */
export class Exit extends Error {
  constructor(readonly status: number) {
    super(`exit ${status}`);
  }
}

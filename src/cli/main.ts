#!/usr/bin/env node
// The `fluxvision` command. Loading the rest may fail where the addon does; that is explained too.

// `fluxvision segments | head` closes the pipe early: not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const { run } = await import('./program.js');
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const known = error instanceof Error && 'code' in error;
  process.stderr.write(`fluxvision: ${known ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
}

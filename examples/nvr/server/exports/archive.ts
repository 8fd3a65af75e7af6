// A folder as one tar, made while it is sent: nothing of it is written to the disk again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { FluxError } from '@fluxvision/core';

/**
 * `folder` of `directory`, by the tar that every Debian has. The stream fails where tar does, so that
 * nobody takes the half of it for the whole.
 */
export function archiveOf(directory: string, folder: string): Readable {
  return Readable.from(packed(directory, folder), { objectMode: false });
}

async function* packed(directory: string, folder: string): AsyncGenerator<Buffer> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  const tar = spawn('tar', ['--create', ...owner, '--directory', directory, '--', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(tar, 'close');
  // Where it cannot be started: told below, by what is waited for there.
  ended.catch(() => {});
  try {
    yield* tar.stdout;
    const [code] = await ended;
    if (code !== 0)
      throw new FluxError('ERR_IO', `The export cannot be read: tar ended with ${code}.`);
  } finally {
    tar.kill();
  }
}

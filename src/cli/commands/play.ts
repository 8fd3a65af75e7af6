// fluxvision play: one camera's recording as a byte stream, at the pace at which it was recorded.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { FluxError, Playback, toAnnexB, UnpacedClock } from '../../index.js';
import { Exit } from '../exit-codes.js';
import { onInterrupt } from '../interrupt.js';
import { type OpenKeysOptions, openKeys } from '../open-keys.js';
import { cameraIdArgument, streamArgument, withRoot, withStorage } from '../options.js';
import { formatDuration, say } from '../output.js';
import { formatTime, parseTime } from '../time.js';

interface Options extends OpenKeysOptions {
  camera: string;
  from: number;
  to?: number;
  stream: 'main' | 'sub';
  speed: number;
  follow?: boolean;
  out: string;
}

export function addPlay(program: Command): void {
  withRoot(
    withStorage(
      program
        .command('play')
        .description('write the picture of a recording as a byte stream, for ffplay or ffmpeg'),
    )
      .requiredOption('--camera <id>', 'camera', cameraIdArgument)
      .requiredOption('--from <time>', 'begin at the key frame at or before this time', parseTime)
      .option('--to <time>', 'end before this time', parseTime)
      .option('--stream <name>', 'main or sub', streamArgument, 'main' as const)
      .option(
        '--speed <n>',
        '0.5 to 16, -1 to -16 for key frames backwards, 0: as fast as possible',
        speedArgument,
        1,
      )
      .option('--follow', 'go on with what is being recorded')
      .option('--out <file>', 'H.264 or H.265 (Annex B), or JPEGs; -: standard output', '-'),
  ).action(async (options: Options) => {
    if (options.out === '-' && process.stdout.isTTY) {
      throw new FluxError(
        'ERR_INVALID_ARGUMENT',
        'The picture would go to the terminal. Add "| ffplay -", or --out FILE.',
      );
    }
    const keys = await openKeys(options);
    const interrupt = onInterrupt();
    try {
      const playback = await Playback.open({
        storage: options.storage,
        keys,
        cameras: [options.camera],
        stream: options.stream,
        from: options.from,
        audio: false,
        follow: options.follow ?? false,
        speed: options.speed === 0 ? 1 : options.speed,
        ...(options.speed === 0 && { clock: new UnpacedClock() }),
      });
      playback.on('gap', ({ from, to, reason }) =>
        say(`no footage for ${formatDuration(to - from)} from ${formatTime(from)} (${reason})`),
      );
      playback.on('error', ({ code, message }) => say(`${message} (${code})`));
      try {
        await writeFrames(playback, options, interrupt.signal);
      } finally {
        await playback.close();
      }
      if (interrupt.status !== undefined) throw new Exit(interrupt.status);
    } finally {
      interrupt.release();
      await keys.close();
    }
  });
}

async function writeFrames(
  playback: Playback,
  options: Options,
  interrupted: AbortSignal,
): Promise<void> {
  const toStdout = options.out === '-';
  const out = toStdout ? process.stdout : createWriteStream(options.out, { mode: 0o600 });
  const stopped = new AbortController();
  const stop = () => {
    stopped.abort();
    void playback.close();
  };
  if (interrupted.aborted) stop();
  interrupted.addEventListener('abort', stop, { once: true });
  let failure: NodeJS.ErrnoException | undefined;
  const onError = (error: Error) => {
    failure ??= error;
    stop();
  };
  out.on('error', onError);
  playback.play();
  for await (const frame of playback) {
    if (options.to !== undefined && frame.time >= options.to) break;
    if (out.write(toAnnexB(frame)) || stopped.signal.aborted) continue;
    // Who reads may be gone, or stuck: then it is the interrupt that ends the wait.
    await once(out, 'drain', { signal: stopped.signal }).catch(onDrainError);
  }
  if (!toStdout && !failure) await finished(out.end()).catch(onError);
  // The player was closed: nothing is wrong.
  if (!failure || failure.code === 'EPIPE') return;
  throw new FluxError('ERR_IO', `${options.out} cannot be written: ${failure.message}`);
}

/** Nothing to do: `failure` says why it stopped, or the interrupt does. */
function onDrainError(): void {}

function speedArgument(value: string): number {
  const speed = Number(value);
  const isSpeed = speed === 0 || (speed >= 0.5 && speed <= 16) || (speed <= -1 && speed >= -16);
  if (value.trim() !== '' && isSpeed) return speed;
  throw new InvalidArgumentError('It must be 0, a number from 0.5 to 16, or one from -1 to -16.');
}

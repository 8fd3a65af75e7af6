// fluxvision thumbnail: the picture of a recording at a moment, as a JPEG.
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FluxError, thumbnail } from '../../index.js';
import { Exit } from '../exit-codes.js';
import { onInterrupt } from '../interrupt.js';
import { type OpenKeysOptions, openKeys } from '../open-keys.js';
import {
  cameraIdArgument,
  streamArgument,
  wholeNumber,
  withJson,
  withRoot,
  withStorage,
} from '../options.js';
import { printJson, say } from '../output.js';
import { formatTime, parseTime } from '../time.js';

interface Options extends OpenKeysOptions {
  camera: string;
  at: number;
  stream: 'main' | 'sub';
  width?: number;
  height?: number;
  quality?: number;
  out: string;
  json?: boolean;
}

const pixels = wholeNumber(1, 16_384);

export function addThumbnail(program: Command): void {
  withJson(
    withRoot(
      withStorage(
        program
          .command('thumbnail')
          .description('write the picture of a recording at a moment as a JPEG'),
      )
        .requiredOption('--camera <id>', 'camera', cameraIdArgument)
        .requiredOption('--at <time>', 'the key frame at or before this time', parseTime)
        .option('--stream <name>', 'main or sub', streamArgument, 'main' as const)
        .option('--width <pixels>', 'at most so wide; the picture keeps its shape', pixels)
        .option('--height <pixels>', 'at most so high', pixels)
        .option('--quality <n>', '1 to 100, default 80', wholeNumber(1, 100))
        .option('--out <file>', 'the JPEG; it will not be encrypted. -: standard output', '-'),
    ),
  ).action(async (options: Options) => {
    requirePlace(options);
    const keys = await openKeys(options);
    const interrupt = onInterrupt();
    try {
      const { storage, camera, at, stream, width, height, quality } = options;
      const { data, ...made } = await thumbnail({
        ...{ storage, keys, cameraId: camera, time: at, stream, signal: interrupt.signal },
        ...(width !== undefined && { width }),
        ...(height !== undefined && { height }),
        ...(quality !== undefined && { quality }),
        unfinished: true,
      });
      await write(options.out, data);
      if (options.json) {
        printJson({ ...made, bytes: data.length, out: options.out });
      } else {
        const to = options.out === '-' ? '' : `${options.out}: `;
        say(`${to}${made.width}x${made.height}, of ${formatTime(made.time)}`);
      }
    } catch (error) {
      if (interrupt.status !== undefined) throw new Exit(interrupt.status);
      throw error;
    } finally {
      interrupt.release();
      await keys.close();
    }
  });
}

function requirePlace({ out, json }: Options): void {
  if (out !== '-') return;
  if (json) {
    throw new FluxError(
      'ERR_INVALID_ARGUMENT',
      '--json and the picture cannot both go to standard output. Add --out FILE.',
    );
  }
  if (!process.stdout.isTTY) return;
  throw new FluxError(
    'ERR_INVALID_ARGUMENT',
    'The picture would go to the terminal. Add --out FILE, or redirect it.',
  );
}

async function write(out: string, data: Buffer): Promise<void> {
  if (out === '-') {
    process.stdout.write(data);
    return;
  }
  try {
    await writeFile(out, data, { mode: 0o600 });
  } catch (error) {
    throw new FluxError('ERR_IO', `${out} cannot be written: ${(error as Error).message}`);
  }
}

// fluxvision export: a stretch of time as one playable file.
import type { Command } from 'commander';
import { exportRecording } from '../../index.js';
import { Exit } from '../exit-codes.js';
import { onInterrupt } from '../interrupt.js';
import { type OpenKeysOptions, openKeys } from '../open-keys.js';
import { cameraIdArgument, withJson, withRoot, withStorage } from '../options.js';
import { formatBytes, formatDuration, printJson, printLine, say } from '../output.js';
import { startProgress } from '../progress.js';
import { formatTime, parseTime } from '../time.js';

interface Options extends OpenKeysOptions {
  camera: string;
  from: number;
  to: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
}

export function addExport(program: Command): void {
  withJson(
    withRoot(
      withStorage(
        program
          .command('export')
          .description('write a stretch of time to an MP4 or MKV file, without re-encoding'),
      )
        .requiredOption('--camera <id>', 'camera', cameraIdArgument)
        .requiredOption('--from <time>', 'begin at the key frame at or before this time', parseTime)
        .requiredOption('--to <time>', 'end before this time', parseTime)
        .requiredOption('--out <file>', 'FILE.mp4 or FILE.mkv; it will not be encrypted')
        .option('--overwrite', 'replace the file where it exists'),
    ),
  ).action(async (options: Options) => {
    const keys = await openKeys(options);
    const interrupt = onInterrupt();
    const progress = startProgress('Exporting');
    try {
      const result = await exportRecording({
        storage: options.storage,
        keys,
        cameraId: options.camera,
        from: options.from,
        to: options.to,
        out: options.out,
        overwrite: options.overwrite ?? false,
        signal: interrupt.signal,
        onProgress: (done) => progress.update(done, 1),
      });
      progress.stop();
      if (options.json) {
        printJson(result);
        return;
      }
      printLine(
        `${result.out}: ${result.frames} frames, ${formatBytes(result.bytes)}, ` +
          `${formatTime(result.from)} to ${formatTime(result.to)}`,
      );
      for (const gap of result.gaps) {
        say(
          `no footage for ${formatDuration(gap.to - gap.from)} from ${formatTime(gap.from)} to ${formatTime(gap.to)}`,
        );
      }
    } catch (error) {
      if (interrupt.status !== undefined) throw new Exit(interrupt.status);
      throw error;
    } finally {
      progress.stop();
      interrupt.release();
      await keys.close();
    }
  });
}

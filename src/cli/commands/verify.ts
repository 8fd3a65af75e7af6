// fluxvision verify: is everything as it was recorded?
import type { Command } from 'commander';
import { verifyRecordings } from '../../index.js';
import { Exit, ExitCode } from '../exit-codes.js';
import { type OpenKeysOptions, openKeys } from '../open-keys.js';
import { cameraIdArgument, withJson, withRoot, withStorage } from '../options.js';
import { formatBytes, printJson, printLine, printTable } from '../output.js';
import { supervised } from '../supervised.js';

interface Options extends OpenKeysOptions {
  camera?: string;
  json?: boolean;
}

export function addVerify(program: Command): void {
  withJson(
    withRoot(
      withStorage(
        program
          .command('verify')
          .description('authenticate every byte of the recordings; exit 1 where one was altered'),
      ).option('--camera <id>', 'only this camera', cameraIdArgument),
    ),
  ).action(async (options: Options) => {
    const keys = await openKeys(options);
    try {
      const report = await supervised('Verifying', ({ signal, update }) =>
        verifyRecordings({
          storage: options.storage,
          keys,
          ...(options.camera !== undefined && { cameraId: options.camera }),
          signal,
          onProgress: ({ done, total, file }) => update(done, total, file),
        }),
      );
      if (options.json) {
        printJson(report);
      } else if (report.ok) {
        printLine(`${report.checked} segments, ${formatBytes(report.bytes)}: all as recorded.`);
      } else {
        printTable(
          ['FILE', 'CODE', 'AUTHENTIC', 'WHAT'],
          report.problems.map((problem) => [
            problem.file,
            problem.code,
            problem.verifiedChunks === undefined ? '' : `first ${problem.verifiedChunks} chunks`,
            problem.message,
          ]),
        );
        printLine(`${report.problems.length} problems in ${report.checked} segments.`);
      }
      if (!report.ok) throw new Exit(ExitCode.failed);
    } finally {
      await keys.close();
    }
  });
}

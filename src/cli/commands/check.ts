// fluxvision check: do the files and the index agree? And mends what can be mended.
import type { Command } from 'commander';
import { type CheckReport, checkStorage } from '../../index.js';
import { Exit, ExitCode } from '../exit-codes.js';
import { onInterrupt } from '../interrupt.js';
import { type OpenKeysOptions, openExistingKeys } from '../open-keys.js';
import { withJson, withRoot, withStorage } from '../options.js';
import { printJson, printLine, printTable } from '../output.js';
import { startProgress } from '../progress.js';

interface Options extends OpenKeysOptions {
  repair?: boolean;
  acceptLoss?: boolean;
  quick?: boolean;
  hash?: boolean;
  json?: boolean;
}

export function addCheck(program: Command): void {
  withJson(
    withRoot(
      withStorage(
        program
          .command('check')
          .description('compare the files with the index; exit 1 where something is wrong'),
      )
        .option('--quick', 'compare names only, not sizes')
        .option('--hash', 'authenticate every byte too, as `verify` does')
        .option('--repair', 'mend what can be mended; no recorder may run')
        .option(
          '--accept-loss',
          'with --repair: most of the footage is lost, and this is known (else ERR_STORAGE_SUSPECT)',
        ),
    ),
  ).action(async (options: Options) => {
    // Comparing needs no secret.
    const keys = options.repair || options.hash ? await openExistingKeys(options) : undefined;
    const interrupt = onInterrupt();
    const progress = startProgress('Checking');
    try {
      const report = await checkStorage({
        storage: options.storage,
        ...(keys && { keys }),
        depth: options.hash ? 'contents' : options.quick ? 'names' : 'sizes',
        repair: options.repair ?? false,
        acceptLoss: options.acceptLoss ?? false,
        signal: interrupt.signal,
        onProgress: ({ done, total, at }) => progress.update(done, total, at),
      });
      progress.stop();
      print(report, options.json ?? false);
      if (!report.ok) throw new Exit(ExitCode.failed);
    } catch (error) {
      if (interrupt.status !== undefined) throw new Exit(interrupt.status);
      throw error;
    } finally {
      progress.stop();
      interrupt.release();
      await keys?.close();
    }
  });
}

function print(report: CheckReport, json: boolean): void {
  if (json) {
    printJson(report);
    return;
  }
  const { problems, segments, files } = report;
  if (problems.length > 0) {
    printTable(
      ['FILE', 'CODE', 'REPAIRED', 'WHAT'],
      problems.map(({ file, code, repaired, message }) => [
        ...[file, code, repaired ? 'yes' : 'no', message],
      ]),
    );
  }
  const left = problems.filter(({ repaired }) => !repaired).length;
  const found =
    problems.length === 0 ? 'all in order' : `${problems.length} problems, ${left} of them left`;
  printLine(`${segments} segments in the index, ${files} files: ${found}.`);
}

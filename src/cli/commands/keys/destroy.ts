// fluxvision keys destroy: makes recordings unreadable for ever, in every copy.
import type { Command } from 'commander';
import { FluxError } from '../../../index.js';
import {
  type AdministratorOptions,
  type OpenKeysOptions,
  requireAdministrator,
} from '../../open-keys.js';
import {
  cameraIdArgument,
  collect,
  withAdministrator,
  withJson,
  withRoot,
  withStorage,
} from '../../options.js';
import { printJson, printLine, printTable, say } from '../../output.js';
import { parseTime } from '../../time.js';
import { withKeys } from './with-keys.js';

interface Options extends OpenKeysOptions, AdministratorOptions {
  id?: string[];
  before?: number;
  camera?: string;
  reason: string;
  yes?: boolean;
  keepMaster?: boolean;
  json?: boolean;
}

export function addDestroy(keys: Command): void {
  withJson(
    withAdministrator(
      withRoot(
        withStorage(
          keys
            .command('destroy')
            .description('destroy keys: what they sealed can never be read again, in no copy'),
        )
          .option('--id <uuid>', 'this key; repeat for more', collect)
          .option('--before <time>', 'the video keys of days that were over by then', parseTime)
          .option('--camera <id>', 'with --before: of this camera only', cameraIdArgument)
          .requiredOption('--reason <text>', 'why, for the audit log')
          .option('--keep-master', 'do not rotate the master key: older backups keep working')
          .option('--yes', 'really do it; without, say only what would be destroyed'),
      ),
    ),
  ).action(run);
}

async function run(options: Options): Promise<void> {
  const { id, before, camera, reason } = options;
  if ((id === undefined) === (before === undefined)) {
    throw new FluxError('ERR_INVALID_ARGUMENT', 'Give --id or --before, one of the two.');
  }
  await withKeys(options, async (store) => {
    await requireAdministrator(store, options, 'key.destroy');
    const choice = {
      ...(id && { ids: id }),
      ...(before !== undefined && { before }),
      ...(camera !== undefined && { cameraId: camera }),
      reason,
    };
    if (!options.yes) {
      const { destroyed, pinned } = store.previewDestruction(choice);
      if (options.json) printJson({ dryRun: true, destroyed, pinned });
      else {
        printKeys(destroyed);
        say(
          `${destroyed.length} keys would be destroyed, ${pinned.length} are pinned as evidence.`,
        );
        say('Add --yes to destroy them. There is no way back.');
      }
      return;
    }
    const report = store.destroyKeys({ ...choice, rotateMaster: !options.keepMaster });
    if (options.json) {
      printJson(report);
      return;
    }
    printKeys(report.destroyed);
    printLine(
      `${report.destroyed.length} keys destroyed, ${report.pinned.length} left: evidence locks pin them.`,
    );
  });
}

function printKeys(
  keys: readonly { id: string; purpose: string; subject: string; period: string }[],
) {
  if (keys.length === 0) return;
  printTable(
    ['KEY', 'PURPOSE', 'OF', 'PERIOD'],
    keys.map(({ id, purpose, subject, period }) => [id, purpose, subject, period]),
  );
}

// fluxvision keys lock, unlock: evidence that must stay readable.
import type { Command } from 'commander';
import {
  type AdministratorOptions,
  type OpenKeysOptions,
  requireAdministrator,
} from '../../open-keys.js';
import {
  cameraIdArgument,
  withAdministrator,
  withJson,
  withRoot,
  withStorage,
} from '../../options.js';
import { printJson, printLine } from '../../output.js';
import { formatTime, parseTime } from '../../time.js';
import { withKeys } from './with-keys.js';

interface LockOptions extends OpenKeysOptions {
  camera: string;
  from: number;
  to: number;
  reason: string;
  json?: boolean;
}

interface UnlockOptions extends OpenKeysOptions, AdministratorOptions {
  lock: string;
  reason: string;
  json?: boolean;
}

export function addEvidence(keys: Command): void {
  withJson(
    withRoot(
      withStorage(keys.command('lock').description('pin the keys of a stretch of time as evidence'))
        .requiredOption('--camera <id>', 'camera', cameraIdArgument)
        .requiredOption('--from <time>', 'from', parseTime)
        .requiredOption('--to <time>', 'until just before', parseTime)
        .requiredOption('--reason <text>', 'why, for the lock and the audit log'),
    ),
  ).action(async (options: LockOptions) => {
    const { camera: cameraId, from, to, reason } = options;
    const lock = await withKeys(options, (store) =>
      store.lockEvidence({ cameraId, from, to, reason }),
    );
    if (options.json) printJson(lock);
    else {
      printLine(`Lock ${lock.id} pins ${cameraId} from ${formatTime(from)} to ${formatTime(to)}.`);
    }
  });

  withJson(
    withAdministrator(
      withRoot(
        withStorage(keys.command('unlock').description('remove an evidence lock'))
          .requiredOption('--lock <uuid>', 'its id, see keys list')
          .requiredOption('--reason <text>', 'why, for the audit log'),
      ),
    ),
  ).action(async (options: UnlockOptions) => {
    await withKeys(options, async (store) => {
      await requireAdministrator(store, options, 'evidence.unlock');
      store.unlockEvidence(options.lock, options.reason);
    });
    if (options.json) printJson({ removed: options.lock });
    else printLine(`Lock ${options.lock} is gone.`);
  });
}

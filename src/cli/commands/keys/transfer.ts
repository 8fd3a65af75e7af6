// fluxvision keys export, import: keys on their way to another machine, never in the clear.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { FluxError, type KeyManager } from '../../../index.js';
import { DAY_MS, dayStart } from '../../../utc-day.js';
import {
  type AdministratorOptions,
  type OpenKeysOptions,
  readAdministratorPassword,
} from '../../open-keys.js';
import {
  cameraIdArgument,
  collect,
  withAdministrator,
  withJson,
  withRoot,
  withStorage,
} from '../../options.js';
import { printJson, printLine } from '../../output.js';
import {
  type PackagePassphraseOptions,
  readPackagePassphrase,
  withPackagePassphrase,
} from '../../package-passphrase.js';
import { parseTime } from '../../time.js';
import { withKeys } from './with-keys.js';

interface PackageOptions extends OpenKeysOptions, PackagePassphraseOptions {
  json?: boolean;
}

interface ExportOptions extends PackageOptions, AdministratorOptions {
  id?: string[];
  camera?: string;
  from?: number;
  to?: number;
  out: string;
}

export function addTransfer(keys: Command): void {
  withJson(
    withAdministrator(
      withPackagePassphrase(
        withRoot(
          withStorage(
            keys
              .command('export')
              .description("write keys to a package; needs the administrator's password"),
          )
            .option('--id <uuid>', 'this key; repeat for more', collect)
            .option('--camera <id>', "this camera's video keys", cameraIdArgument)
            .option('--from <time>', 'with --camera: of days that end after', parseTime)
            .option('--to <time>', 'with --camera: of days that begin before', parseTime)
            .requiredOption('--out <file>', 'the package; it must not exist'),
        ),
      ),
    ),
  ).action(exportKeys);

  withJson(
    withPackagePassphrase(
      withRoot(
        withStorage(
          keys
            .command('import')
            .description('take keys from a package: they open recordings, and seal nothing')
            .argument('<file>', 'the package'),
        ),
      ),
    ),
  ).action(importKeys);
}

async function exportKeys(options: ExportOptions): Promise<void> {
  if ((options.id === undefined) === (options.camera === undefined)) {
    throw new FluxError('ERR_INVALID_ARGUMENT', 'Give --id or --camera, one of the two.');
  }
  const count = await withKeys(options, async (store) => {
    const ids = options.id ?? chooseIds(store, options);
    const keyPackage = await store.exportKeys({
      ids,
      administratorPassword: await readAdministratorPassword(options),
      passphrase: await readPackagePassphrase(options, true),
    });
    const text = `${JSON.stringify(keyPackage, null, 2)}\n`;
    try {
      writeFileSync(options.out, text, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw new FluxError(
        'ERR_EXPORT',
        `${options.out} cannot be written: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    return ids.length;
  });
  if (options.json) printJson({ out: options.out, keys: count });
  else
    printLine(`${options.out}: ${count} keys. Who has it and its passphrase reads their footage.`);
}

function chooseIds(store: KeyManager, { camera, from = 0, to = 8.64e15 }: ExportOptions): string[] {
  const ids = store
    .list({ purpose: 'video' })
    .filter((info) => info.subject === camera && info.state !== 'destroyed')
    .filter(({ period }) => dayStart(period) + DAY_MS > from && dayStart(period) < to)
    .map(({ id }) => id);
  if (ids.length > 0) return ids;
  throw new FluxError('ERR_KEY_NOT_FOUND', `There are no keys of camera '${camera}' in that time.`);
}

async function importKeys(file: string, options: PackageOptions): Promise<void> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new FluxError('ERR_KEY_PACKAGE', `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const report = await withKeys(options, async (store) =>
    store.importKeys(content, await readPackagePassphrase(options, false)),
  );
  if (options.json) printJson(report);
  else
    printLine(`${report.imported.length} keys imported, ${report.known.length} were here already.`);
}

// fluxvision keys password: the administrator's password, without which no key leaves the store.
import type { Command } from 'commander';
import { ADMINISTRATOR } from '../../../index.js';
import {
  type AdministratorOptions,
  type OpenKeysOptions,
  readAdministratorPassword,
} from '../../open-keys.js';
import { withAdministrator, withJson, withRoot, withStorage } from '../../options.js';
import { printJson, printLine } from '../../output.js';
import { readSecret } from '../../passphrase.js';
import { withKeys } from './with-keys.js';

interface Options extends OpenKeysOptions, AdministratorOptions {
  newPasswordFile?: string;
  json?: boolean;
}

export function addPassword(keys: Command): void {
  withJson(
    withAdministrator(
      withRoot(
        withStorage(
          keys
            .command('password')
            .description("set or change the administrator's password; rotates the settings key"),
        ).option(
          '--new-password-file <file>',
          'file with the new one (else FLUXVISION_NEW_ADMIN_PASSWORD, else a prompt)',
        ),
      ),
    ),
  ).action(async (options: Options) => {
    await withKeys(options, async (store) => {
      const current = store.hasPassword(ADMINISTRATOR)
        ? await readAdministratorPassword(options)
        : undefined;
      const password = await readSecret({
        what: "administrator's new password",
        option: '--new-password-file',
        file: options.newPasswordFile,
        variable: 'FLUXVISION_NEW_ADMIN_PASSWORD',
        isNew: true,
      });
      await store.setPassword(ADMINISTRATOR, password, current === undefined ? {} : { current });
    });
    if (options.json) printJson({ set: ADMINISTRATOR });
    else printLine('The password of the administrator is set.');
  });
}

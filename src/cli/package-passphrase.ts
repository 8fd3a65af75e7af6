// The passphrase of a package that goes to somebody else, and where it comes from.
import type { Command } from 'commander';
import { readSecret } from './passphrase.js';

export interface PackagePassphraseOptions {
  packagePassphraseFile?: string;
}

export const PACKAGE_PASSPHRASE_VARIABLE = 'FLUXVISION_PACKAGE_PASSPHRASE';

export function withPackagePassphrase(command: Command): Command {
  return command.option(
    '--package-passphrase-file <file>',
    `file with the package's passphrase (else ${PACKAGE_PASSPHRASE_VARIABLE}, else a prompt)`,
  );
}

export function readPackagePassphrase(options: PackagePassphraseOptions, isNew: boolean) {
  return readSecret({
    what: 'passphrase of the package',
    option: '--package-passphrase-file',
    file: options.packagePassphraseFile,
    variable: PACKAGE_PASSPHRASE_VARIABLE,
    isNew,
  });
}

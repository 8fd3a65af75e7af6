// fluxvision keys roots, recovery: what opens a store.
import { type Command, Option } from 'commander';
import { KeyManager, type NewRootOptions } from '../../../index.js';
import {
  type AdministratorOptions,
  keysDirectory,
  type OpenKeysOptions,
  readText,
  requireAdministrator,
} from '../../open-keys.js';
import { wholeNumbers, withAdministrator, withJson, withRoot, withStorage } from '../../options.js';
import { printJson, printLine, say } from '../../output.js';
import { readSecret } from '../../passphrase.js';
import { printRoots } from './list.js';
import { withKeys } from './with-keys.js';

interface AddOptions extends OpenKeysOptions, AdministratorOptions {
  type: 'passphrase' | 'tpm2' | 'pkcs11';
  label: string;
  newPassphraseFile?: string;
  newTcti?: string;
  pcrs?: number[];
  library?: string;
  token?: string;
  newPinFile?: string;
  json?: boolean;
}

interface LabelOptions extends OpenKeysOptions, AdministratorOptions {
  label: string;
  json?: boolean;
}

export function addRoots(keys: Command): void {
  const roots = keys.command('roots').description('list, add and remove what opens the store');
  withJson(withStorage(roots.command('list').description('list the roots'))).action(
    async (options: { storage: string; json?: boolean }) => {
      const store = await KeyManager.inspect({ directory: keysDirectory(options.storage) });
      if (options.json) printJson(store.roots);
      else printRoots(store.roots);
    },
  );

  withJson(
    withAdministrator(
      withRoot(
        withStorage(roots.command('add').description('add a root; each root opens the store alone'))
          .addOption(
            new Option('--type <type>', 'kind of the new root')
              .choices(['passphrase', 'tpm2', 'pkcs11'])
              .makeOptionMandatory(),
          )
          .option('--label <text>', 'for people: where it is, whose it is', '')
          .option(
            '--new-passphrase-file <file>',
            'passphrase: file with it (else FLUXVISION_NEW_PASSPHRASE, else a prompt)',
          )
          .option('--new-tcti <tcti>', 'tpm2: how to reach it (default /dev/tpmrm0)')
          .option('--pcrs <n,n>', 'tpm2: PCRs that must not change, such as 7', wholeNumbers(0, 23))
          .option('--library <file>', 'pkcs11: the PKCS#11 library')
          .option('--token <name>', 'pkcs11: label or serial number of the token')
          .option(
            '--new-pin-file <file>',
            'pkcs11: file with the PIN (else FLUXVISION_NEW_PIN, else a prompt)',
          ),
      ),
    ),
  ).action(async (options: AddOptions) => {
    const { root } = await withKeys(options, async (store) => {
      await requireAdministrator(store, options, 'root.add');
      return store.addRoot(await newRoot(options));
    });
    if (options.json) printJson(root);
    else printLine(`Root ${root.id} opens the store from now on.`);
  });

  withJson(
    withAdministrator(
      withRoot(
        withStorage(
          roots
            .command('remove')
            .description('remove a root, and rotate the master key so that it opens nothing')
            .argument('<uuid>', 'its id, see keys roots list'),
        ),
      ),
    ),
  ).action(
    async (id: string, options: OpenKeysOptions & AdministratorOptions & { json?: boolean }) => {
      await withKeys(options, async (store) => {
        await requireAdministrator(store, options, 'root.remove');
        store.removeRoot(id);
      });
      if (options.json) printJson({ removed: id });
      else printLine(`Root ${id} is gone.`);
    },
  );

  const recovery = keys.command('recovery').description('the key for the safe');
  withJson(
    withAdministrator(
      withRoot(
        withStorage(
          recovery.command('create').description('make a recovery key and print it, once'),
        ).option('--label <text>', 'for people: in which safe it lies', ''),
      ),
    ),
  ).action(async (options: LabelOptions) => {
    const { root, recoveryKey = '' } = await withKeys(options, async (store) => {
      await requireAdministrator(store, options, 'root.add');
      return store.addRoot({ type: 'recovery', label: options.label });
    });
    if (options.json) {
      printJson({ ...root, recoveryKey });
      return;
    }
    printLine(recoveryKey);
    say('\nThis is the only time it is shown. Print it, lock it away, and clear this screen.');
    say('With a copy of keys/ it opens every recording, without this machine:');
    say('  fluxvision keys recovery check --storage DIR');
  });

  withJson(
    withStorage(
      recovery.command('check').description('see whether a recovery key opens the store'),
    ).option(
      '--recovery-key-file <file>',
      'file with it (else FLUXVISION_RECOVERY_KEY, else a prompt)',
    ),
  ).action(async (options: OpenKeysOptions & { json?: boolean }) => {
    await withKeys({ ...options, root: 'recovery' }, () => undefined);
    if (options.json) printJson({ opens: true });
    else printLine('The recovery key opens the store.');
  });
}

async function newRoot(options: AddOptions): Promise<NewRootOptions> {
  const { type, label } = options;
  if (type === 'passphrase') {
    const passphrase = await readSecret({
      what: 'passphrase of the new root',
      option: '--new-passphrase-file',
      file: options.newPassphraseFile,
      variable: 'FLUXVISION_NEW_PASSPHRASE',
      isNew: true,
    });
    return { type, label, passphrase };
  }
  if (type === 'tpm2') {
    return {
      type,
      label,
      ...(options.newTcti !== undefined && { tcti: options.newTcti }),
      ...(options.pcrs && { pcrs: options.pcrs }),
    };
  }
  const pin = await readText('PIN', '--new-pin-file', options.newPinFile, 'FLUXVISION_NEW_PIN');
  return {
    type,
    label,
    pin,
    ...(options.library !== undefined && { library: options.library }),
    ...(options.token !== undefined && { token: options.token }),
  };
}

// fluxvision keys rotate, rewrap: new keys for old ones. Recordings stay as they are.
import { type Command, Option } from 'commander';
import { FluxError } from '../../../index.js';
import type { OpenKeysOptions } from '../../open-keys.js';
import { cameraIdArgument, withJson, withRoot, withStorage } from '../../options.js';
import { printJson, printLine } from '../../output.js';
import { withKeys } from './with-keys.js';

interface RotateArguments extends OpenKeysOptions {
  purpose: 'video' | 'database' | 'config' | 'audit' | 'session';
  camera?: string;
  json?: boolean;
}

export function addRotate(keys: Command): void {
  withJson(
    withRoot(
      withStorage(
        keys
          .command('rotate')
          .description('put a new key in the place of one that seals; the old one goes on opening'),
      )
        .addOption(
          new Option('--purpose <purpose>', 'which key')
            .choices(['video', 'database', 'config', 'audit', 'session'])
            .makeOptionMandatory(),
        )
        .option('--camera <id>', "the video key's camera", cameraIdArgument),
    ),
  ).action(async (options: RotateArguments) => {
    const { purpose, camera } = options;
    if ((purpose === 'video') !== (camera !== undefined)) {
      throw new FluxError(
        'ERR_INVALID_ARGUMENT',
        '--camera goes with --purpose video, and only there.',
      );
    }
    const made = await withKeys(options, (store) =>
      store.rotate(
        camera !== undefined
          ? { purpose: 'video', cameraId: camera }
          : ({ purpose } as { purpose: 'database' }),
      ),
    );
    if (options.json) printJson({ id: made.id, purpose, ...(camera && { cameraId: camera }) });
    else printLine(`${made.id} seals from now on.`);
  });

  withJson(
    withRoot(
      withStorage(
        keys
          .command('rewrap')
          .description('put a new master key in the place of the old one, and wrap every key anew'),
      ),
    ),
  ).action(async (options: OpenKeysOptions & { json?: boolean }) => {
    const result = await withKeys(options, (store) => store.rotateMaster());
    if (options.json) printJson(result);
    else {
      printLine(`Master key ${result.to} wraps ${result.keys} keys; ${result.from} is gone.`);
      printLine(
        'Back up root.json and keys.db again: older copies of keys.db do not fit any more.',
      );
    }
  });
}

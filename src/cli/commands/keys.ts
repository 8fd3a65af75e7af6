// fluxvision keys list: which keys there are. Needs no passphrase, as it opens none.
import { join } from 'node:path';
import type { Command } from 'commander';
import { KeyManager } from '../../index.js';
import { withJson, withStorage } from '../options.js';
import { printJson, printLine, printTable } from '../output.js';
import { formatTime } from '../time.js';

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('look at the keys of a storage');
  withJson(
    withStorage(keys.command('list').description('list the keys; secrets are not shown')),
  ).action(async (options: { storage: string; json?: boolean }) => {
    const store = await KeyManager.inspect({ directory: join(options.storage, 'keys') });
    if (options.json) {
      printJson(store);
      return;
    }
    const { masterKey } = store;
    printLine(
      `Master key ${masterKey.id}, made ${formatTime(masterKey.createdAt)}, ` +
        `${masterKey.kdf.name} with ${masterKey.kdf.iterations} iterations\n`,
    );
    printTable(
      ['KEY', 'PURPOSE', 'CAMERA', 'DAY', 'ALGORITHM', 'STATE', 'VERSION', 'CREATED'],
      store.keys.map((key) => [
        key.id,
        key.purpose,
        key.cameraId,
        key.day,
        key.algorithm,
        key.state,
        key.version,
        formatTime(key.createdAt),
      ]),
    );
  });
}

// fluxvision keys list: what a store holds. Needs no passphrase, as it opens nothing.
import type { Command } from 'commander';
import { KeyManager, type KeyStoreInfo, type RootInfo } from '../../../index.js';
import { keysDirectory } from '../../open-keys.js';
import { withJson, withStorage } from '../../options.js';
import { printJson, printLine, printTable } from '../../output.js';
import { formatTime } from '../../time.js';

export function addList(keys: Command): void {
  withJson(
    withStorage(
      keys.command('list').description('list roots, master keys and keys; secrets are not shown'),
    ),
  ).action(async (options: { storage: string; json?: boolean }) => {
    const store = await KeyManager.inspect({ directory: keysDirectory(options.storage) });
    if (options.json) printJson(store);
    else printStore(store);
  });
}

export function printRoots(roots: readonly RootInfo[]): void {
  printTable(
    ['ROOT', 'TYPE', 'LABEL', 'CREATED'],
    roots.map(({ id, type, label, createdAt }) => [id, type, label, formatTime(createdAt)]),
  );
}

function printStore(store: KeyStoreInfo): void {
  printLine('Roots, each of which opens the store:');
  printRoots(store.roots);
  for (const { id, createdAt } of store.masterKeys) {
    printLine(`\nMaster key ${id}, made ${formatTime(createdAt)}`);
  }
  printLine('');
  printTable(
    ['KEY', 'PURPOSE', 'OF', 'PERIOD', 'ALGORITHM', 'STATE', 'VERSION', 'CREATED'],
    store.keys.map((key) => [
      key.id,
      key.purpose,
      key.subject,
      key.period,
      key.algorithm,
      key.state,
      key.version,
      formatTime(key.createdAt),
    ]),
  );
  if (store.evidenceLocks.length === 0) return;
  printLine('\nEvidence locks:');
  printTable(
    ['LOCK', 'CAMERA', 'FROM', 'TO', 'BY', 'REASON'],
    store.evidenceLocks.map(({ id, cameraId, from, to, createdBy, reason }) => [
      id,
      cameraId,
      formatTime(from),
      formatTime(to),
      createdBy,
      reason,
    ]),
  );
}

// fluxvision keys: what there is, what opens it, and what becomes of it.
import type { Command } from 'commander';
import { addDestroy } from './destroy.js';
import { addEvidence } from './evidence.js';
import { addList } from './list.js';
import { addPassword } from './password.js';
import { addRoots } from './roots.js';
import { addRotate } from './rotate.js';
import { addTransfer } from './transfer.js';

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('list, rotate, destroy, export and import keys; manage what opens them');
  addList(keys);
  addRotate(keys);
  addDestroy(keys);
  addEvidence(keys);
  addTransfer(keys);
  addRoots(keys);
  addPassword(keys);
}

// What is said of settings that were read again, in the log and in the interface.
import type { Logger } from 'pino';
import type { Troubles } from './system/index.js';

/** Keys of troubles: a file with mistakes, and settings that need a restart. */
const REFUSED = 'settings-refused';
const WAITING = 'settings-wait';

export interface Told {
  log: Logger;
  troubles: Troubles;
}

/** The file cannot be used: `message` says where. */
export function tellRefused({ log, troubles }: Told, message: string): void {
  log.error(message);
  troubles.raise(REFUSED, { code: 'SETTINGS_REFUSED', severity: 'warning', message });
}

/** The file is good; names of settings that hold now, and of those that wait for the next start. */
export function tellTaken(
  { log, troubles }: Told,
  applied: readonly string[],
  needRestart: readonly string[],
): void {
  troubles.clear(REFUSED);
  log.info({ applied }, 'settings were read again');
  if (needRestart.length === 0) {
    troubles.clear(WAITING);
    return;
  }
  const names = needRestart.join(', ');
  const message = `These settings were changed and hold from the next start on: ${names}.`;
  log.warn(message);
  troubles.raise(WAITING, { code: 'SETTINGS_WAIT', severity: 'warning', message });
}

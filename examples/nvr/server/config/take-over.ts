// Settings that were changed while the server runs: which hold at once, and which with the next start.
import type { Config } from './load.js';

/** Those that are taken over whole. */
const AT_ONCE = [
  ...(['allowedOrigins', 'discovery', 'federation', 'limits', 'logLevel', 'retention'] as const),
  'tls',
] as const satisfies readonly (keyof Config)[];
/** What nothing is made of but the name that a new storage begins with. */
const WITHOUT_EFFECT = ['name', 'file'];

/** What becomes of changed settings. */
export interface TakenOver {
  /** In force from now on: what needs a restart is as it was. */
  config: Config;
  /** Names of settings, such as `limits.bandwidthMbps`. */
  applied: string[];
  needRestart: string[];
}

/** `current` is in force, `next` was read from the file just now. */
export function takeOver(current: Config, next: Config): TakenOver {
  const changed = changesOf(current, next).filter((name) => !WITHOUT_EFFECT.includes(name));
  const isAtOnce = (name: string) => AT_ONCE.some((one) => one === name.split('.', 1)[0]);
  const config = { ...current };
  for (const name of AT_ONCE) Object.assign(config, { [name]: next[name] });
  return {
    config,
    applied: changed.filter(isAtOnce),
    needRestart: changed.filter((name) => !isAtOnce(name)),
  };
}

function changesOf(before: unknown, after: unknown, name = ''): string[] {
  if (!isGroup(before) && !isGroup(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [name];
  }
  const [old, now] = [isGroup(before) ? before : {}, isGroup(after) ? after : {}];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
    changesOf(old[key], now[key], name === '' ? key : `${name}.${key}`),
  );
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

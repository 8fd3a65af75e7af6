// UTC days: the unit of folders and of key rotation. Local days would repeat or lose hours.

export const DAY_MS = 86_400_000;

/** Days since 1970-01-01 at `at`, UTC milliseconds. */
export function utcDay(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** The day's name in folders and key records: YYYYMMDD. */
export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

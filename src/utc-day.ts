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

/** UTC milliseconds at which the day of that name begins. */
export function dayStart(name: string): number {
  return Date.parse(`${name.slice(0, 4)}-${name.slice(4, 6)}-${name.slice(6, 8)}T00:00:00Z`);
}

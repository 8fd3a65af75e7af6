// Sizes, rates and durations in words of a language. Units are decimal (1 MB is 1,000,000 bytes), as
// disks and networks are sold.

const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const BITS = ['bit', 'kilobit', 'megabit', 'gigabit', 'terabit'] as const;

/** What stands where there is no number. */
export const NOTHING = '–';

/** For example `1.5 GB`. */
export function formatBytes(bytes: number | undefined, language: string): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return NOTHING;
  const [value, unit] = scaled(bytes, BYTES);
  return inUnit(value, unit, language);
}

/** Bits per second, for example `4.2 Mb/s`. */
export function formatBitrate(bitsPerSecond: number | undefined, language: string): string {
  if (bitsPerSecond === undefined || !Number.isFinite(bitsPerSecond)) return NOTHING;
  const [value, unit] = scaled(bitsPerSecond, BITS);
  return inUnit(value, `${unit}-per-second`, language);
}

/** `part` of `whole` in per cent. */
export function formatShare(part: number, whole: number, language: string): string {
  if (!(whole > 0)) return NOTHING;
  return formatPercent((part / whole) * 100, language);
}

/** A number that is per cent already, for example `12.5%`. */
export function formatPercent(value: number | undefined, language: string): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  const style = { style: 'percent', maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return numberFormat(language, style).format(value / 100);
}

export function formatNumber(
  value: number | undefined,
  language: string,
  maximumFractionDigits = 0,
): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  return numberFormat(language, { maximumFractionDigits }).format(value);
}

/** The two largest units of a duration in milliseconds, for example `2 days 3 hr`. */
export function formatDuration(milliseconds: number | undefined, language: string): string {
  if (milliseconds === undefined || !Number.isFinite(milliseconds)) return NOTHING;
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor(seconds / 3600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return inUnit(0, 'second', language);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => inUnit(value, unit, language))
    .join(' ');
}

function scaled(value: number, units: readonly string[]): [number, string] {
  let unit = 0;
  let rest = value;
  // What would be shown as 1000 is shown in the next unit.
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return [rest, units[unit] as string];
}

function inUnit(value: number, unit: string, language: string): string {
  const maximumFractionDigits = Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0;
  const options = { style: 'unit', unit, maximumFractionDigits } as const;
  return numberFormat(language, options).format(value);
}

// Making one costs more than formatting with it, and lists have hundreds of cells.
const formats = new Map<string, Intl.NumberFormat>();
function numberFormat(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, options);
    formats.set(key, format);
  }
  return format;
}

// Text of strangers, made fit to be shown and logged.

/**
 * `value` without control characters, line ends, invisible marks and what turns the direction of text,
 * cut to `max` UTF-16 units, never within a character; '' where it is no text.
 */
export function plainText(value: unknown, max: number): string {
  return cut(value, max, UNSHOWN);
}

/** As a text of one line, and its line ends and tabs stay: for notes, and whatever else is of several lines. */
export function plainLines(value: unknown, max: number): string {
  return cut(value, max, UNSHOWN_IN_LINES);
}

/** All that is not seen by itself, but joiners: scripts and emoji are written with them. */
const UNSHOWN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffc\ufffd]/gu;
const UNSHOWN_IN_LINES = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffc\ufffd]/gu;

function cut(value: unknown, max: number, unshown: RegExp): string {
  if (typeof value !== 'string') return '';
  return value
    .slice(0, max * 4)
    .replace(unshown, '')
    .slice(0, max)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}

/** The start of `text` that fits into `max` bytes of UTF-8, without half a character. */
export function cutToBytes(text: string, max: number): string {
  const bytes = new TextEncoder().encode(text).subarray(0, max);
  return new TextDecoder().decode(bytes, { stream: true });
}

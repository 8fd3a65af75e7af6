// Text of strangers, made fit to be shown and logged.

/**
 * `value` without control characters, line ends, invisible marks and what turns the direction of text,
 * cut to `max` UTF-16 units; '' where it is no text.
 */
export function plainText(value: unknown, max: number): string {
  if (typeof value !== 'string') return '';
  return value
    .slice(0, max * 4)
    .replace(UNSHOWN, '')
    .slice(0, max)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}

/** C0 and C1, soft hyphen, bidirectional and zero-width marks, line separators, byte order mark. */
const UNSHOWN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]/g;

/** The start of `text` that fits into `max` bytes of UTF-8, without half a character. */
export function cutToBytes(text: string, max: number): string {
  const bytes = new TextEncoder().encode(text).subarray(0, max);
  return new TextDecoder().decode(bytes, { stream: true });
}

// SHA-256 fingerprints as people compare them: pairs of capital digits with colons between.

/** Whatever is none is left as it is. */
export function readableFingerprint(text: string): string {
  const digits = text.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) return text;
  return (digits.match(/../g) ?? []).join(':');
}

/** In both ways of writing them. */
export function isSameFingerprint(a: string, b: string): boolean {
  return readableFingerprint(a) === readableFingerprint(b);
}

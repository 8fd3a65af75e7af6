// Codecs as people call them.

/** `avc1.64001f` and `h264` are H.264; what is not known stays as it is. */
export function codecName(codec: string): string {
  if (/^(avc|h\.?264)/i.test(codec)) return 'H.264';
  if (/^(hvc|hev|h\.?265)/i.test(codec)) return 'H.265';
  if (/^av01/i.test(codec)) return 'AV1';
  return codec.toUpperCase();
}

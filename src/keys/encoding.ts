// Byte strings that mean one thing only: what keys are bound to, and what signatures cover.

/**
 * Each field as UTF-8 text behind its length in bytes (u32, big-endian); numbers in decimal.
 * Without the lengths, "cam1" and "12" would read as "cam11" and "2".
 */
export function encodeFields(fields: readonly (string | number)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const text = Buffer.from(String(field), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return [length, text];
    }),
  );
}

/** What canonicalJson() takes: numbers are safe integers. */
export type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain };

/** The one JSON text of a value: names sorted, no spaces (RFC 8785, for integers and text). */
export function canonicalJson(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] as Plain)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

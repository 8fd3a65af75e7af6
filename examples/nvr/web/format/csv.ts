// Comma-separated values (RFC 4180) that spreadsheets do not take for formulas.

/**
 * One field. Text that a spreadsheet would run (`=cmd()`, `+`, `-`, `@`, tab, return, also in their
 * full-width forms) gets an apostrophe in front, as OWASP has it for CSV injection.
 */
export function csvField(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows to a file's text; begins with a byte order mark, without which Excel reads Korean wrongly. */
export function csvText(rows: readonly (readonly unknown[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('')}`;
}

// Text that a stranger chose, fit for a terminal.

/**
 * What would move the cursor, colour, hide or turn around text is shown as its code; `except` are
 * characters that stay.
 */
export function makeSafe(text: string | null, except = ''): string {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    except.includes(character) ? character : toEscape(character),
  );
}

function toEscape(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

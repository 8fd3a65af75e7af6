// Kinds of events, as the catalogs of words have them.

/** The key of the words for a kind of event; colons part i18next's own names. */
export function kindKey(kind: string): string {
  return `timeline:event.${kind.replaceAll(':', '-')}`;
}

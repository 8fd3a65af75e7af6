// In which order nodes stand everywhere: favourites first, then by group, then by name.
import type { RemoteNode } from '../../protocol/index.js';

export function orderNodes<T extends Pick<RemoteNode, 'favourite' | 'group' | 'label'>>(
  nodes: readonly T[],
  language: string,
): T[] {
  const words = new Intl.Collator(language, { numeric: true });
  return nodes.toSorted(
    (a, b) =>
      Number(b.favourite) - Number(a.favourite) ||
      words.compare(a.group ?? '', b.group ?? '') ||
      words.compare(a.label, b.label),
  );
}

// Paths of a node's interface: below /api/, segment by segment, with nothing that leads elsewhere.
import { invalidArgument } from '../arguments/index.js';

export type NodeQuery = Readonly<Record<string, string | number | boolean | undefined>>;

const FORM = /^\/api(\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+$/;
const MAX_CHARACTERS = 8192;

/**
 * A path of a node's interface: what is put in is one segment each, whatever it holds.
 *
 * @example
 * ```ts
 * nodePath`/api/cameras/${camera}/snapshot`
 * ```
 */
export function nodePath(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return parts.reduce((path, part, at) => `${path}${encodeURIComponent(ids[at - 1] ?? '')}${part}`);
}

/** `path` with its query. `ERR_INVALID_ARGUMENT` for what could lead elsewhere. */
export function targetOf(path: string, query: NodeQuery = {}): string {
  const isPlain =
    typeof path === 'string' &&
    FORM.test(path) &&
    // A dot, a slash or a backslash in disguise; and escapes that are none.
    !/%(?![0-9A-Fa-f]{2})|%2e|%2f|%5c|%00/i.test(path) &&
    path.split('/').every((segment) => !/^\.+$/.test(segment));
  if (!isPlain) throw invalidArgument('path', 'a path below /api/, without dots and queries', path);
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const target = search.size > 0 ? `${path}?${search}` : path;
  if (target.length > MAX_CHARACTERS) throw invalidArgument('query', 'less than 8 KiB', target);
  return target;
}

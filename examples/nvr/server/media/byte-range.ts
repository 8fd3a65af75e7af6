// The header Range (RFC 9110 §14) of one file. One range is answered; several are ignored, as the RFC
// allows: whoever asks for a thousand of them gets the file once.

/** Both inclusive. */
export interface ByteRange {
  first: number;
  last: number;
}

const SINGLE = /^bytes=\s*(?:(\d{1,40})-(\d{0,40})|-(\d{1,40}))\s*$/i;

/** Undefined: the whole file. `unsatisfiable`: 416. */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = header === undefined ? null : SINGLE.exec(header);
  if (!match) return undefined;
  const [, from, to, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  // Beyond 2^53 they lose digits, and lie behind the end of any file all the same.
  const first = Number(from);
  const last = to ? Number(to) : Number.POSITIVE_INFINITY;
  if (last < first) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) };
}

/** If-Range: the range counts only where the tag is the very same; a date never is. */
export function rangeCounts(ifRange: string | undefined, etag: string | undefined): boolean {
  return ifRange === undefined || (etag !== undefined && ifRange.trim() === etag);
}

/** If-None-Match: is the tag one of those that the client has? */
export function hasAlready(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined || etag === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => {
    const plain = tag.trim().replace(/^W\//, '');
    return plain === etag || plain === '*';
  });
}

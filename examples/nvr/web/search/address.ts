// What is searched for among recordings, as it stands in the page's address.

export interface RecordingQuery {
  /** Empty: all that may be seen, of all servers. */
  cameras: string[];
  /** UTC milliseconds, half open; without them the last 24 hours. */
  start: number | undefined;
  end: number | undefined;
}

export const NOTHING_SPECIAL: RecordingQuery = { cameras: [], start: undefined, end: undefined };

export function readQuery(search: string): RecordingQuery {
  const query = new URLSearchParams(search);
  const time = (name: string) => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  const cameras = (query.get('cameras') ?? '').split(',').filter(Boolean);
  return { cameras: [...new Set(cameras)], start: time('start'), end: time('end') };
}

export function searchAddress({ cameras, start, end }: RecordingQuery): string {
  const query = new URLSearchParams();
  if (cameras.length > 0) query.set('cameras', cameras.join());
  if (start !== undefined) query.set('start', String(Math.round(start)));
  if (end !== undefined) query.set('end', String(Math.round(end)));
  const text = query.toString();
  return text ? `/search?${text}` : '/search';
}

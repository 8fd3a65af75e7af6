// Which events the list shows, as it stands in the page's address and as the server is asked.

export interface EventFilters {
  /** Of the server that is shown, or of all that are connected; then of all their cameras. */
  servers: 'shown' | 'all';
  /** Empty: all that may be seen. */
  cameras: string[];
  /** Empty: all. */
  type: string;
  /** UTC milliseconds, half open. */
  start: number | undefined;
  end: number | undefined;
}

export const NO_FILTERS: EventFilters = {
  ...{ servers: 'shown', cameras: [], type: '' },
  ...{ start: undefined, end: undefined },
};

export function readFilters(search: string): EventFilters {
  const query = new URLSearchParams(search);
  const time = (name: string) => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const servers = query.get('servers') === 'all' ? 'all' : 'shown';
  // The same id is another camera at another server.
  const cameras = servers === 'all' ? '' : (query.get('cameras') ?? '');
  return {
    servers,
    cameras: cameras.split(',').filter(Boolean),
    type: query.get('type') ?? '',
    start: time('start'),
    end: time('end'),
  };
}

export function eventsAddress({ servers, cameras, type, start, end }: EventFilters): string {
  const query = new URLSearchParams();
  if (servers === 'all') query.set('servers', 'all');
  if (cameras.length > 0) query.set('cameras', cameras.join());
  if (type) query.set('type', type);
  if (start !== undefined) query.set('start', String(start));
  if (end !== undefined) query.set('end', String(end));
  const text = query.toString();
  return text ? `/events?${text}` : '/events';
}

/** An event that comes by itself belongs into the list. */
export function matches(
  { cameras, type, start, end }: EventFilters,
  event: { cameraId: string; event: string; start: number; end?: number },
): boolean {
  if (cameras.length > 0 && !cameras.includes(event.cameraId)) return false;
  if (type && event.event !== type) return false;
  if (end !== undefined && event.start >= end) return false;
  return start === undefined || (event.end ?? event.start + 1) > start;
}

/** The list with an event that began, or that ended: it stands once, the newest first. */
export function withEvent<
  T extends { id: string; serverId?: string; cameraId: string; event: string; start: number },
>(list: readonly T[], event: T): T[] {
  // While it goes on an event has no row of its own yet, and another id.
  const isSame = (other: T) =>
    other.serverId === event.serverId &&
    (other.id === event.id ||
      (other.cameraId === event.cameraId &&
        other.event === event.event &&
        other.start === event.start));
  const rest = list.filter((other) => !isSame(other));
  const i = rest.findIndex((other) => other.start <= event.start);
  return rest.toSpliced(i < 0 ? rest.length : i, 0, event);
}

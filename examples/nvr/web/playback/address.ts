// What the address of the playback page says: which cameras, and when.

export interface PlaybackAddress {
  cameras: string[];
  /** UTC milliseconds. */
  at: number | undefined;
}

/** `?cameras=door,yard&at=1790000000000`; `camera` and `time` are read, too. */
export function readAddress(search: string): PlaybackAddress {
  const query = new URLSearchParams(search);
  const cameras = (query.get('cameras') ?? query.get('camera') ?? '').split(',').filter(Boolean);
  const at = Number(query.get('at') ?? query.get('time') ?? Number.NaN);
  return { cameras: [...new Set(cameras)], at: Number.isFinite(at) && at > 0 ? at : undefined };
}

export function playbackAddress(cameras: readonly string[], at?: number): string {
  const query = new URLSearchParams();
  if (cameras.length > 0) query.set('cameras', cameras.join());
  if (at !== undefined) query.set('at', String(Math.round(at)));
  const text = query.toString();
  return text ? `/playback?${text}` : '/playback';
}

// Small pictures of footage: asked for when the pointer rests, kept while they may be needed again.
import { useEffect, useState } from 'react';
import { path, type ServerConnection, useServer } from '../api/index.js';

const KEPT = 200;
const WIDTH = 240;
/** The pointer rests so long before a picture is asked for. */
const REST_MS = 120;

/** `blob:` addresses by server, camera and time, the ones used last at the end. */
const kept = new Map<string, string>();

async function load(
  server: ServerConnection,
  cameraId: string,
  time: number,
  signal: AbortSignal,
): Promise<string> {
  const key = `${server.id} ${cameraId} ${time}`;
  const known = kept.get(key);
  if (known) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const query = { time, width: WIDTH };
  const blob = await server.api.blob(path`/api/cameras/${cameraId}/thumbnail`, { query, signal });
  const url = URL.createObjectURL(blob);
  kept.set(key, url);
  for (const [oldest, old] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
    URL.revokeObjectURL(old);
  }
  return url;
}

export interface Thumbnail {
  /** Undefined while it comes, and where there is none. */
  url: string | undefined;
  state: 'waiting' | 'shown' | 'missing';
}

/** The picture of a camera at a moment, of the server that is shown; nothing is asked for without both. */
export function useThumbnail(
  cameraId: string | undefined,
  time: number | undefined,
  options: { server?: ServerConnection; restMs?: number } = {},
): Thumbnail {
  const shownServer = useServer();
  const { server = shownServer, restMs = REST_MS } = options;
  const [shown, setShown] = useState<Thumbnail & { key: string }>();
  const key = `${server.id} ${cameraId} ${time}`;
  useEffect(() => {
    if (cameraId === undefined || time === undefined) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      load(server, cameraId, time, controller.signal).then(
        (url) => setShown({ url, state: 'shown', key }),
        () => {
          if (!controller.signal.aborted) setShown({ url: undefined, state: 'missing', key });
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [server, cameraId, time, restMs, key]);
  return shown?.key === key ? shown : { url: undefined, state: 'waiting' };
}

/** Moments that are so close share a picture: about eight pixels, and never under a second. */
export function thumbnailTime(time: number, millisecondsPerPixel: number): number {
  const step = Math.max(1000, Math.round((millisecondsPerPixel * 8) / 1000) * 1000);
  return Math.floor(time / step) * step;
}

// A tile's player as a hook: what it shows, and how well.
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { CameraView } from '../../protocol/cameras.js';
import type { Quality } from '../../protocol/values.js';
import { path, useServer } from '../api/index.js';
import { LivePlayer, type LivePlayerState, type LivePlayerStats } from '../players/index.js';

export interface LiveView {
  state: LivePlayerState | undefined;
  player: RefObject<LivePlayer | undefined>;
}

export function useLivePlayer(
  host: RefObject<HTMLElement | null>,
  camera: CameraView,
  quality: Quality,
  size: { width: number; height: number },
): LiveView {
  const server = useServer();
  const cameraId = camera.id;
  const mayMove = camera.may.ptz;
  const player = useRef<LivePlayer | undefined>(undefined);
  const [state, setState] = useState<LivePlayerState>();
  const first = useRef(quality);
  first.current = quality;

  useEffect(() => {
    if (!host.current) return;
    const created = new LivePlayer({
      host: host.current,
      socket: server.liveOf({ id: cameraId, may: { ptz: mayMove } }),
      cameraId,
      quality: first.current,
      loadSnapshot: (signal) =>
        server.api.blob(path`/api/cameras/${cameraId}/snapshot`, {
          // An old picture must not pass for the present one.
          query: { width: 1280, live: true },
          signal,
        }),
      onState: setState,
    });
    player.current = created;
    setState(created.state);
    return () => {
      player.current = undefined;
      created.destroy();
    };
  }, [host, server, cameraId, mayMove]);

  useEffect(() => player.current?.setQuality(quality), [quality]);
  useEffect(() => player.current?.resize(size.width, size.height), [size.width, size.height]);
  return { state, player };
}

const STATS_MS = 1000;

/** Once a second, while somebody looks. */
export function useLiveStats({ player }: LiveView, wanted: boolean): LivePlayerStats | undefined {
  const [stats, setStats] = useState<LivePlayerStats>();
  useEffect(() => {
    if (!wanted) return;
    const read = () => setStats(player.current?.stats());
    read();
    const timer = setInterval(read, STATS_MS);
    return () => clearInterval(timer);
  }, [player, wanted]);
  return wanted ? stats : undefined;
}

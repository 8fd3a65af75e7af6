// A playback for as long as its page shows it. With other cameras it goes on where it stood.
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useServer } from '../api/index.js';
import { capabilities } from '../players/capability.js';
import type { Capabilities } from '../players/choice.js';
import { CodecTile } from './codec-tile.js';
import { Conductor } from './conductor.js';
import type { PlaybackSnapshot } from './snapshot.js';

export type Decoding = 'webcodecs' | 'mse' | 'none';

export interface Played {
  /** Undefined until the browser has told what it can, and without cameras. */
  conductor: Conductor | undefined;
  decoding: Decoding | undefined;
}

/** `start`: UTC milliseconds of the first picture. */
export function useConductor(cameras: readonly string[], start: number): Played {
  const server = useServer();
  const [can, setCan] = useState<Capabilities>();
  const [conductor, setConductor] = useState<Conductor>();
  const last = useRef({ position: start, speed: 1, wantsPlay: true });
  const decoding = can && decodingOf(can);
  const names = cameras.join();
  useEffect(() => {
    void capabilities().then((found) => setCan(wantsMse() ? { ...found, webcodecs: [] } : found));
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` stands for the cameras
  useEffect(() => {
    if (!can || !decoding || decoding === 'none' || cameras.length === 0) return;
    const made = new Conductor({
      server,
      cameras,
      ...last.current,
      codecs: [...new Set([...can.webcodecs, ...can.mse])],
      createTile: (host) => new CodecTile(host, can),
    });
    setConductor(made);
    made.open();
    return () => {
      const { speed, wantsPlay } = made.snapshot();
      last.current = { position: made.position(), speed, wantsPlay };
      made.close();
      setConductor(undefined);
    };
  }, [server, can, decoding, names]);
  return { conductor, decoding };
}

/** `?player=mse` takes the other one, to compare them. */
function wantsMse(): boolean {
  return new URLSearchParams(location.search).get('player') === 'mse';
}

function decodingOf({ webcodecs, mse }: Capabilities): Decoding {
  if (webcodecs.length > 0) return 'webcodecs';
  return mse.length > 0 ? 'mse' : 'none';
}

export function usePlaybackSnapshot(conductor: Conductor): PlaybackSnapshot {
  return useSyncExternalStore(conductor.onChange, conductor.snapshot);
}

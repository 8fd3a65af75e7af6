// What a tile says about its camera, worked out from what server and player know.
import type { CameraView } from '../../protocol/cameras.js';
import type { LivePlayerState } from '../players/live-player.js';

export type TileStatus = 'live' | 'connecting' | 'offline' | 'stopped' | 'paused';

export interface TileTrouble {
  code: string;
  message: string;
}

/** Codes of `stopped` that are no trouble: somebody wanted it so. */
const WANTED = new Set(['ERR_CLOSED', 'ERR_ABORTED']);

export function tileStatus(camera: CameraView, state: LivePlayerState | undefined): TileStatus {
  if (camera.status === 'STOPPED' || !camera.enabled) return 'stopped';
  if (state?.showing) return 'live';
  if (camera.status === 'OFFLINE' || (state?.stopped && !WANTED.has(state.stopped.code))) {
    return 'offline';
  }
  return 'connecting';
}

/** Why there is no picture. The player's own knowledge is newer than the list of cameras. */
export function tileTrouble(
  camera: CameraView,
  state: LivePlayerState | undefined,
): TileTrouble | undefined {
  if (state?.showing) return undefined;
  if (state?.stopped && !WANTED.has(state.stopped.code)) return state.stopped;
  if (camera.status === 'LIVE') return undefined;
  return camera.trouble;
}

export type Honesty = 'quota' | 'unsupportedCodec' | 'snapshot' | 'cannotDecode';

/** Why it is not shown as well as it could be; undefined where it is. */
export function compromise(state: LivePlayerState | undefined): Honesty | undefined {
  if (state?.player === 'snapshot') return 'snapshot';
  if (state?.stream?.reason === 'unsupported_codec') return 'unsupportedCodec';
  if (state?.stream?.reason === 'quota') return 'quota';
  return undefined;
}

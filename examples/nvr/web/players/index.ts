// Players of live pictures and of footage.
export { capabilities } from './capability.js';
export { type Capabilities, codecFamily, type PlayerKind, playersFor } from './choice.js';
export { DecoderCore } from './decoder-core.js';
export {
  LivePlayer,
  type LivePlayerOptions,
  type LivePlayerState,
  type LivePlayerStats,
} from './live-player.js';
export { LiveSocket, type StreamInfo } from './live-socket.js';
export type { Player, PlayerEvents, PlayerStats } from './player.js';
export { qualityFor, type TileView } from './quality.js';

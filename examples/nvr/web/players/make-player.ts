// A player of the wanted kind.
import type { PlayerKind } from './choice.js';
import { MjpegPlayer } from './mjpeg-player.js';
import { MsePlayer } from './mse-player.js';
import type { Player, PlayerEvents } from './player.js';
import { SnapshotPlayer } from './snapshot-player.js';
import { WebCodecsPlayer } from './webcodecs-player.js';

export function makePlayer(
  kind: PlayerKind,
  events: PlayerEvents,
  loadSnapshot: (signal: AbortSignal) => Promise<Blob>,
): Player {
  switch (kind) {
    case 'webcodecs':
      return new WebCodecsPlayer(events);
    case 'mse':
      return new MsePlayer(events);
    case 'mjpeg':
      return new MjpegPlayer(events);
    case 'snapshot':
      return new SnapshotPlayer(events, loadSnapshot);
  }
}

// Decodes and paints the footage of some tiles, away from the page's own thread.

import type { FromFootage, ToFootage } from './footage-messages.js';
import { FootagePlayer } from './footage-player.js';

interface Scope {
  onmessage: ((event: MessageEvent<ToFootage>) => void) | null;
  postMessage(message: FromFootage): void;
}

const scope = globalThis as unknown as Scope;
const players = new Map<number, FootagePlayer>();

scope.onmessage = ({ data: message }) => {
  const { id } = message;
  if (message.type === 'open') {
    players.set(id, new FootagePlayer(id, message.canvas, (out) => scope.postMessage(out)));
    return;
  }
  players.get(id)?.take(message);
  if (message.type === 'close') players.delete(id);
};

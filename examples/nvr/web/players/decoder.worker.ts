// Decodes and paints the pictures of some tiles, away from the page's own thread.
import { CanvasDecoder } from './canvas-decoder.js';
import type { FromDecoder, ToDecoder } from './decoder-messages.js';

interface Scope {
  onmessage: ((event: MessageEvent<ToDecoder>) => void) | null;
  postMessage(message: FromDecoder): void;
}

const scope = globalThis as unknown as Scope;
const decoders = new Map<number, CanvasDecoder>();

scope.onmessage = ({ data: message }) => {
  if (message.type === 'open') {
    const decoder = new CanvasDecoder(message.id, message.canvas, (out) => scope.postMessage(out));
    decoders.set(message.id, decoder);
    return;
  }
  decoders.get(message.id)?.take(message);
  if (message.type === 'close') decoders.delete(message.id);
};

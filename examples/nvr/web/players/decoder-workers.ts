// The few workers that decode for all tiles: a tile goes to the one with the fewest.
import type { FromDecoder, ToDecoder } from './decoder-messages.js';

interface Member {
  worker: Worker;
  tiles: Map<number, (message: FromDecoder) => void>;
}

export interface DecoderLink {
  readonly id: number;
  post(message: ToDecoder, transfer?: Transferable[]): void;
  /** The worker may go, if it was the last one. */
  release(): void;
}

const MOST = Math.min(4, Math.max(1, Math.floor((navigator.hardwareConcurrency || 2) / 2)));
const members: Member[] = [];
let nextId = 1;

export function nextDecoderId(): number {
  return nextId++;
}

/** False on browsers whose workers have no canvas or no decoder: the page decodes itself. */
export function workersCanPaint(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof OffscreenCanvas !== 'undefined' &&
    'transferControlToOffscreen' in HTMLCanvasElement.prototype
  );
}

export function decoderLink(onMessage: (message: FromDecoder) => void): DecoderLink {
  const member = members.length < MOST ? start() : least();
  const id = nextDecoderId();
  member.tiles.set(id, onMessage);
  return {
    id,
    post: (message, transfer = []) => member.worker.postMessage(message, transfer),
    release: () => {
      member.tiles.delete(id);
      if (member.tiles.size > 0) return;
      member.worker.terminate();
      members.splice(members.indexOf(member), 1);
    },
  };
}

function least(): Member {
  return members.reduce((a, b) => (b.tiles.size < a.tiles.size ? b : a));
}

function start(): Member {
  const worker = new Worker(new URL('./decoder.worker.ts', import.meta.url), { type: 'module' });
  const member: Member = { worker, tiles: new Map() };
  worker.onmessage = ({ data }: MessageEvent<FromDecoder>) => member.tiles.get(data.id)?.(data);
  worker.onerror = () => {
    for (const [id, tell] of member.tiles) tell({ type: 'failed', id, reason: 'worker' });
  };
  members.push(member);
  return member;
}

// A few workers that decode for all tiles of a kind: a tile goes to the one with the fewest.

/** What a pool's workers are told, and tell: each message names its tile. */
interface OfTile {
  id: number;
}

interface Member<From> {
  worker: Worker;
  tiles: Map<number, DecoderListener<From>>;
}

export interface DecoderListener<From> {
  onMessage(message: From): void;
  /** The worker broke, and all that it had. */
  onLost(): void;
}

export interface DecoderLink<To> {
  readonly id: number;
  post(message: To, transfer?: Transferable[]): void;
  /** The worker may go, if it was the last one. */
  release(): void;
}

const MOST = Math.min(4, Math.max(1, Math.floor((navigator.hardwareConcurrency || 2) / 2)));
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

export class DecoderWorkers<To extends OfTile, From extends OfTile> {
  readonly #members: Member<From>[] = [];

  /** `start` makes a worker; bundlers want to see its address there. */
  constructor(private readonly start: () => Worker) {}

  link(listener: DecoderListener<From>): DecoderLink<To> {
    const member = this.#members.length < MOST ? this.#add() : this.#least();
    const id = nextDecoderId();
    member.tiles.set(id, listener);
    return {
      id,
      post: (message, transfer = []) => member.worker.postMessage(message, transfer),
      release: () => {
        member.tiles.delete(id);
        if (member.tiles.size === 0) this.#end(member);
      },
    };
  }

  #least(): Member<From> {
    return this.#members.reduce((a, b) => (b.tiles.size < a.tiles.size ? b : a));
  }

  #add(): Member<From> {
    const worker = this.start();
    const member: Member<From> = { worker, tiles: new Map() };
    worker.onmessage = ({ data }: MessageEvent<From>) => member.tiles.get(data.id)?.onMessage(data);
    worker.onerror = () => {
      this.#end(member);
      for (const listener of member.tiles.values()) listener.onLost();
    };
    this.#members.push(member);
    return member;
  }

  #end(member: Member<From>): void {
    member.worker.terminate();
    const i = this.#members.indexOf(member);
    if (i >= 0) this.#members.splice(i, 1);
  }
}

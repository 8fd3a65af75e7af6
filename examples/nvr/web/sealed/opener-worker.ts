// The one worker that opens for all connections of the page; it goes with the last of them.
import type { FromOpener, ToOpener } from './opener-messages.js';

export interface OpenerLink {
  post(request: ToOpener, transfer?: Transferable[]): void;
  release(): void;
}

type Listener = (answer: FromOpener) => void;

const listeners = new Map<number, Listener>();
let worker: Worker | undefined;
let nextId = 1;

export function openerLink(listener: Listener): OpenerLink & { id: number } {
  const id = nextId++;
  listeners.set(id, listener);
  worker ??= start();
  const own = worker;
  return {
    id,
    post: (request, transfer = []) => own.postMessage(request, transfer),
    release: () => {
      if (!listeners.delete(id) || listeners.size > 0 || worker !== own) return;
      own.terminate();
      worker = undefined;
    },
  };
}

function start(): Worker {
  const started = new Worker(new URL('./opener.worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<FromOpener>) => listeners.get(data.id)?.(data);
  started.onerror = () => {
    if (worker === started) worker = undefined;
    started.terminate();
    for (const [id, tell] of [...listeners]) tell({ type: 'refused', id, reason: 'agreement' });
  };
  return started;
}

// Opens the sealed pictures of all connections, away from the page's own thread.
import { Opener } from './opener.js';
import type { FromOpener, ToOpener } from './opener-messages.js';

interface Scope {
  onmessage: ((event: MessageEvent<ToOpener>) => void) | null;
  postMessage(message: FromOpener, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
const openers = new Map<number, Opener>();

scope.onmessage = ({ data: request }) => {
  if (request.type === 'begin') {
    openers.set(
      request.id,
      new Opener(request.id, (answer) =>
        scope.postMessage(answer, answer.type === 'opened' ? [answer.message.buffer] : []),
      ),
    );
  }
  openers.get(request.id)?.take(request);
  if (request.type === 'end') openers.delete(request.id);
};

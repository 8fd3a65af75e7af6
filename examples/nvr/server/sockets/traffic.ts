// What goes to clients: of each session's sockets, and of all since the start.

/** Of a socket that sends pictures. */
export interface SentPictures {
  bytesSent: number;
  framesDropped: number;
  bitsPerSecond: number;
}

interface Open {
  sessionId: string | undefined;
  sent: () => SentPictures;
}

export class Traffic {
  readonly #open = new Set<Open>();
  #bytesSent = 0;
  #framesDropped = 0;

  /** Counts a socket; call what is returned, once, before its counters are gone. */
  count(sessionId: string | undefined, sent: () => SentPictures): () => void {
    const socket = { sessionId, sent };
    this.#open.add(socket);
    return () => {
      if (!this.#open.delete(socket)) return;
      const { bytesSent, framesDropped } = sent();
      this.#bytesSent += bytesSent;
      this.#framesDropped += framesDropped;
    };
  }

  /** Since the start. */
  totals(): { bytesSent: number; framesDropped: number } {
    let [bytesSent, framesDropped] = [this.#bytesSent, this.#framesDropped];
    for (const { sent } of this.#open) {
      const now = sent();
      bytesSent += now.bytesSent;
      framesDropped += now.framesDropped;
    }
    return { bytesSent, framesDropped };
  }

  ofSession(sessionId: string): { bitsPerSecond: number; framesDropped: number } {
    let [bitsPerSecond, framesDropped] = [0, 0];
    for (const { sessionId: id, sent } of this.#open) {
      if (id !== sessionId) continue;
      const now = sent();
      bitsPerSecond += now.bitsPerSecond;
      framesDropped += now.framesDropped;
    }
    return { bitsPerSecond, framesDropped };
  }
}

const counted = new WeakMap<object, Traffic>();

/** All that one server sends. */
export function trafficOf(server: object): Traffic {
  const known = counted.get(server);
  if (known) return known;
  const made = new Traffic();
  counted.set(server, made);
  return made;
}

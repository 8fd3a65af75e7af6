// Connections to a node: to the number that its name was looked up as, and only where it shows the pinned
// certificate. Nothing is written before that was checked, on each socket anew.
import { Agent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type { GuardedLookup } from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { hostOf, isNumber } from './node-address.js';

/** Where a node is, and who it has to be. */
export interface PinnedTarget {
  /** Origin. */
  url: string;
  /** SHA-256 of its certificate, with colons. Absent: whoever answers, for a probe. */
  fingerprint?: string;
  guard: GuardedLookup;
  /** For look-up, connection and handshake, milliseconds. */
  connectMs: number;
}

const IDLE_MS = 60_000;

/**
 * `ERR_NODE_UNREACHABLE`, `ERR_NODE_TIMEOUT`, `ERR_ADDRESS_REFUSED`; `ERR_NODE_IDENTITY` with the
 * certificate that was shown.
 */
export function connectPinned(target: PinnedTarget, signal?: AbortSignal): Promise<TLSSocket> {
  const { url, fingerprint, guard, connectMs } = target;
  const { port, ...address } = addressOf(url);
  return new Promise((resolve, reject) => {
    guard.require(address.host);
    const socket = connect({
      ...address,
      port: Number(port),
      lookup: guard.lookup,
      // The pin says who it is, and no session is resumed: each handshake shows the certificate.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    });
    const end = (error: FluxError) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = () => end(new FluxError('ERR_CLOSED', `The connection to ${url} was closed.`));
    const timer = setTimeout(() => end(late(url, connectMs)), connectMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    // Stays: whoever takes the socket over listens, too, and until then nothing is to be uncaught.
    socket.on('error', (error) => end(connectionFault(url, error)));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate().fingerprint256;
      if (fingerprint !== undefined && shown !== fingerprint) return end(anotherOne(url, shown));
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(socket);
    });
    socket.once('close', () => end(connectionFault(url, new Error('it closed the connection'))));
    if (signal?.aborted) onAbort();
  });
}

/** Kept alive while it is used, and for 60 s after. */
export class PinnedAgent extends Agent {
  readonly #target: PinnedTarget;
  readonly #closing = new AbortController();

  constructor(target: PinnedTarget, sockets: number) {
    super({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, timeout: IDLE_MS });
    this.#target = target;
  }

  override createConnection(
    _options: RequestOptions,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    connectPinned(this.#target, this.#closing.signal).then(
      (socket) => {
        socket.setTimeout(IDLE_MS);
        done?.(null, socket);
      },
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
  }

  /** Closes what nobody uses at present. */
  destroyIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  override destroy(): void {
    this.#closing.abort();
    super.destroy();
  }
}

/** What the system or TLS said, as one of a node. */
export function connectionFault(url: string, error: Error): FluxError {
  if (isFluxError(error)) return error;
  // Of a DOMException, as an aborted request has it, it is a number.
  const code = String((error as { code?: unknown }).code ?? '');
  if (code.startsWith('HPE_')) {
    return new FluxError('ERR_NODE_ANSWER', `${url} answers with something that is no HTTP.`, {
      cause: error,
    });
  }
  return new FluxError(
    'ERR_NODE_UNREACHABLE',
    `${url} takes no connection: ${code || error.message}. Check its address and whether it runs.`,
    { cause: error },
  );
}

/** Nothing whole came in time. */
export function late(url: string, deadlineMs: number): FluxError {
  return new FluxError('ERR_NODE_TIMEOUT', `${url} gave no whole answer within ${deadlineMs} ms.`);
}

function anotherOne(url: string, shown: string | undefined): FluxError {
  const error = new FluxError(
    'ERR_NODE_IDENTITY',
    `${url} shows another certificate than the pinned one. Nothing was sent to it. Compare its fingerprint with the one that the server itself shows.`,
  );
  return Object.assign(error, shown !== undefined && { fingerprint: shown });
}

function addressOf(url: string) {
  const parsed = new URL(url);
  const host = hostOf(parsed);
  return {
    host,
    port: parsed.port || '443',
    // RFC 6066 §3: names alone.
    ...(!isNumber(host) && { servername: host }),
  };
}

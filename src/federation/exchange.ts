// One question to a node within bounds: a deadline for all of it, a largest answer, nothing compressed, no
// redirect followed.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import { request as send } from 'node:https';
import { FluxError } from '../errors.js';
import { connectionFault, late } from './pinned-agent.js';

/** What is asked. */
export interface Exchange {
  agent: Agent;
  /** Origin. */
  url: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: unknown;
  /** For the whole exchange, milliseconds. */
  deadlineMs: number;
  maxBytes: number;
  /** Asking twice does no harm. Default: for all but POST. */
  isRepeatable?: boolean | undefined;
}

/** What came back. */
export interface ExchangeAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Until the head of the answer was there, milliseconds. */
  roundTripMs: number;
  /** UTC milliseconds, when it was asked. */
  askedAt: number;
}

const MAX_HEADER_BYTES = 16 * 1024;

/**
 * `ERR_NODE_UNREACHABLE`, `ERR_NODE_TIMEOUT`, `ERR_NODE_IDENTITY`, `ERR_ADDRESS_REFUSED`, and
 * `ERR_NODE_ANSWER` for a redirect, a compressed or too large body, or no HTTP.
 */
export async function exchange(asked: Exchange): Promise<ExchangeAnswer> {
  const until = performance.now() + asked.deadlineMs;
  const first = await once(asked, asked.deadlineMs);
  if (first !== 'closed meanwhile') return first;
  // A kept connection that the node closed while the question was on its way.
  const second = await once(asked, Math.max(1, until - performance.now()));
  if (second !== 'closed meanwhile') return second;
  throw connectionFault(asked.url, new Error('it closes each connection'));
}

/** Starts a question: the head goes out when a pinned connection is there. */
export function ask(asked: Omit<Exchange, 'deadlineMs' | 'maxBytes'>): ClientRequest {
  const { agent, url, method, path, headers, body } = asked;
  const json = body === undefined ? undefined : JSON.stringify(body);
  const { hostname, port } = new URL(url);
  const request = send({
    agent,
    method,
    path,
    // The agent connects where the node is; this is for the header `host` alone.
    host: hostname,
    port: port || 443,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...headers,
      ...(json !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(json),
      }),
    },
  });
  request.end(json);
  return request;
}

/** Throws for what no node answers with. */
export function checkHead(url: string, response: IncomingMessage): void {
  const { statusCode: status = 0, headers } = response;
  const encoding = headers['content-encoding'];
  if (status >= 300 && status < 400 && status !== 304) {
    throw wrongAnswer(url, 'redirects, which is not followed');
  }
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw wrongAnswer(url, 'compresses what it was asked to send as it is');
  }
}

/** `ERR_NODE_ANSWER`: what `url` does. */
export function wrongAnswer(url: string, what: string): FluxError {
  return new FluxError(
    'ERR_NODE_ANSWER',
    `${url} ${what}. Check the address, and whether a proxy stands in between.`,
  );
}

function once(asked: Exchange, deadlineMs: number): Promise<ExchangeAnswer | 'closed meanwhile'> {
  const { url, maxBytes, isRepeatable = asked.method !== 'POST' } = asked;
  return new Promise((resolve, reject) => {
    const [askedAt, start] = [Date.now(), performance.now()];
    const request = ask(asked);
    const fail = (error: Error) => {
      clearTimeout(timer);
      request.destroy();
      reject(connectionFault(url, error));
    };
    const timer = setTimeout(() => fail(late(url, asked.deadlineMs)), deadlineMs);
    let isAnswered = false;
    request.on('error', (error) => {
      const isStale = request.reusedSocket && !isAnswered && isReset(error);
      if (!isStale || !isRepeatable) return fail(error);
      clearTimeout(timer);
      resolve('closed meanwhile');
    });
    request.on('response', (response) => {
      isAnswered = true;
      const roundTripMs = performance.now() - start;
      const chunks: Buffer[] = [];
      let length = 0;
      const tooLarge = () => fail(wrongAnswer(url, `answers with more than ${maxBytes} bytes`));
      try {
        checkHead(url, response);
      } catch (error) {
        return fail(error as Error);
      }
      if (Number(response.headers['content-length']) > maxBytes) return tooLarge();
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) return tooLarge();
        chunks.push(chunk);
      });
      response.on('end', () => {
        clearTimeout(timer);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), roundTripMs, askedAt });
      });
    });
  });
}

function isReset(error: Error): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

// Pictures and files of a node, handed on while they come: the head within a deadline, then never silent
// for long while it is read.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { FluxError, isFluxError } from '../errors.js';
import { abortError } from '../events.js';
import { checkHead } from './exchange.js';
import { refusalOf } from './fault.js';
import { HeardBody } from './heard-body.js';
import type { NodeLink } from './node-link.js';
import type { NodeQuery } from './node-path.js';
import { targetOf } from './node-path.js';
import { connectionFault, late } from './pinned-agent.js';

/** What {@link FederationClient.stream} takes. */
export interface NodeStreamRequest {
  path: string;
  query?: NodeQuery;
  /** `range`, `if-range`, `if-none-match`; others are not sent. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** Until the head of the answer is there, milliseconds. Default 10000. */
  deadlineMs?: number;
  /** Ends it, also while the body comes. */
  signal?: AbortSignal;
}

/** What {@link FederationClient.stream} gives. */
export interface NodeStream {
  /** 200, 206, 304 or 416. */
  status: number;
  /** What describes the body, in the node's words: set a content type of your own. */
  headers: Record<string, string>;
  /** Fails where nothing comes for 30 s while it is read; a slow reader may rest. Destroy it where it is not wanted any more. */
  body: Readable;
}

const ASKED = ['range', 'if-range', 'if-none-match'];
const DESCRIBED = [
  ...['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified'],
  ...['x-picture-source', 'x-picture-time'],
];
const HEAD_MS = 10_000;
const SILENT_MS = 30_000;
const MAX_PROBLEM_BYTES = 16 * 1024;

/** Errors as those of a question, and `ERR_ABORTED`. */
export async function openStream(link: NodeLink, request: NodeStreamRequest): Promise<NodeStream> {
  const { path, query, headers = {}, deadlineMs = HEAD_MS, signal } = request;
  const target = targetOf(path, query);
  const { url } = link.node;
  link.requireAskable();
  const ends = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal ? [signal] : [])]);
  try {
    const back = await link.streamTurns.take(ends);
    try {
      const sent = ASKED.filter((name) => typeof headers[name] === 'string');
      const picked = Object.fromEntries(sent.map((name) => [name, headers[name] as string]));
      const response = await head(link, target, picked, ends);
      link.answered();
      response.once('close', back);
      return await described(url, response, signal);
    } catch (error) {
      back();
      throw error;
    }
  } catch (error) {
    const fault = signal?.aborted
      ? abortError(`Fetching from ${url}`, signal)
      : ends.aborted && !isFluxError(error)
        ? late(url, deadlineMs)
        : connectionFault(url, error as Error);
    link.failed(fault);
    throw fault;
  }
}

function head(
  link: NodeLink,
  target: string,
  headers: Record<string, string>,
  ends: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = link.startStream(target, headers);
    const onEnd = () => request.destroy(ends.reason);
    ends.addEventListener('abort', onEnd, { once: true });
    request.on('error', (error) => {
      ends.removeEventListener('abort', onEnd);
      reject(error);
    });
    request.on('response', (response) => {
      ends.removeEventListener('abort', onEnd);
      response.on('error', () => {});
      try {
        checkHead(link.node.url, response);
        resolve(response);
      } catch (error) {
        response.destroy();
        reject(error);
      }
    });
    if (ends.aborted) onEnd();
  });
}

async function described(
  url: string,
  response: IncomingMessage,
  signal?: AbortSignal,
): Promise<NodeStream> {
  const { statusCode: status = 0 } = response;
  if (![200, 206, 304, 416].includes(status)) {
    const body = await start(response, MAX_PROBLEM_BYTES);
    throw (
      refusalOf(url, { status, body }) ??
      new FluxError('ERR_NODE_ANSWER', `${url} answers with status ${status}`)
    );
  }
  const onAbort = () => response.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  response.once('close', () => signal?.removeEventListener('abort', onAbort));
  const headers: Record<string, string> = {};
  for (const name of DESCRIBED) {
    const value = response.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const body = new HeardBody(response, SILENT_MS, () => late(url, SILENT_MS));
  return { status, headers, body };
}

/** What there is of it at once, at most `max` bytes: problems are small. */
async function start(response: IncomingMessage, max: number): Promise<Buffer> {
  const timer = setTimeout(() => response.destroy(), 1000);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > max) break;
    }
  } catch {
    // What came before is what there is.
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
  return Buffer.concat(chunks).subarray(0, max);
}

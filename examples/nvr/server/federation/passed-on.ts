// Pictures and export files of other servers, passed on to a page: no more of their headers than it
// needs, no other kind of content, and no more bytes than such a thing has.
import { pipeline, Transform } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusal, statusOf } from '../problem.js';
import type { Federation } from './federation.js';

export interface PassedOn {
  path: string;
  query?: Record<string, string | number | boolean>;
  /** What it may be; anything else is refused. */
  types: readonly string[];
  /** Most bytes of an answer. */
  maxBytes: number;
  /** As which the browser saves it. */
  disposition?: string;
}

const ASKED = ['if-none-match', 'range', 'if-range'] as const;
const TOLD = [
  ...['etag', 'cache-control', 'content-range', 'accept-ranges', 'content-length'],
  ...['x-picture-source', 'x-picture-time'],
];
const GOOD = new Set([200, 206, 304, 416]);
const MAX_PROBLEM_BYTES = 16 * 1024;
/** Printable, and no longer than any of them is. */
const PLAIN = /^[\x20-\x7e]{1,200}$/;

/** `ERR_NODE_...`, and what the other server refused, with its code. */
export async function passOn(
  federation: Federation,
  nodeId: string,
  what: PassedOn,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const abort = new AbortController();
  reply.raw.once('close', () => abort.abort());
  const asked = ASKED.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const { path, query } = what;
  const answer = await federation.client.stream(nodeId, {
    ...{ path, headers: Object.fromEntries(asked), signal: abort.signal },
    ...(query && { query }),
  });
  if (!GOOD.has(answer.status)) throw await refusedBy(answer.body);
  const { 'content-type': type = '' } = answer.headers;
  const known = what.types.find((one) => String(type).startsWith(one));
  if (known === undefined && answer.status < 300) {
    answer.body.destroy();
    throw refusal('ERR_NODE_ANSWER', 'The other server sent something else than was asked for.');
  }
  for (const name of TOLD) {
    const value = answer.headers[name];
    if (typeof value === 'string' && PLAIN.test(value)) reply.header(name, value);
  }
  if (what.disposition !== undefined) reply.header('content-disposition', what.disposition);
  if (known !== undefined) reply.type(known);
  const bounded = new Bounded(what.maxBytes);
  pipeline(answer.body, bounded, () => {});
  return reply.code(answer.status).send(answer.status === 304 ? drained(bounded) : bounded);
}

class Bounded extends Transform {
  #left: number;

  constructor(maxBytes: number) {
    super();
    this.#left = maxBytes;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#left -= chunk.length;
    if (this.#left < 0) {
      done(refusal('ERR_NODE_ANSWER', 'The other server sent more than there can be.'));
      return;
    }
    this.push(chunk);
    done();
  }
}

function drained(body: Transform): undefined {
  body.resume();
}

/** The problem that the other server told, as one of this one; its words are its own, and not passed on. */
async function refusedBy(body: NodeJS.ReadableStream): Promise<Error> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_PROBLEM_BYTES) break;
    chunks.push(chunk);
  }
  return problemFrom(Buffer.concat(chunks).toString('utf8'));
}

function problemFrom(text: string): Error {
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    const isKnown = typeof code === 'string' && /^ERR_[A-Z0-9_]{1,60}$/.test(code);
    if (isKnown && statusOf(code) !== 500) {
      return refusal(code, 'The other server refused it.');
    }
  } catch {
    // Not of a FluxVision server.
  }
  return refusal('ERR_NODE_ANSWER', 'The other server could not do it; its log says what failed.');
}

// Answers with a file or a part of it: 200, 206, 304 or 416, streamed with backpressure, and destroyed
// with the connection.
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasAlready, parseRange, rangeCounts } from './byte-range.js';

export interface FileToSend {
  size: number;
  /** Strong, with its quotes. Without one nothing may be kept by the client. */
  etag?: string | undefined;
  contentType: string;
  /** What the browser saves it as; cleaned here. */
  name: string;
  /** Both inclusive. Called where bytes are to be sent, once. */
  open(first: number, last: number): Readable;
  /** Where nothing is sent, or the sending ended before {@link open}. */
  release?(): void;
}

const FOR_EVER = 'private, max-age=31536000, immutable';

export function sendFile(request: FastifyRequest, reply: FastifyReply, file: FileToSend) {
  const { headers, method } = request;
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': file.etag ? FOR_EVER : 'no-store',
    'content-disposition': contentDisposition(file.name),
    ...(file.etag && { etag: file.etag }),
  });
  if (hasAlready(headers['if-none-match'], file.etag)) {
    file.release?.();
    return reply.code(304).send();
  }
  const ifRange = headers['if-range'] as string | undefined;
  const range = rangeCounts(ifRange, file.etag) ? parseRange(headers.range, file.size) : undefined;
  if (range === 'unsatisfiable') {
    file.release?.();
    return reply.code(416).header('content-range', `bytes */${file.size}`).send();
  }
  const { first, last } = range ?? { first: 0, last: file.size - 1 };
  reply.type(file.contentType).header('content-length', last - first + 1);
  if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${file.size}`);
  if (method === 'HEAD' || last < first) {
    file.release?.();
    // A stream, so that the length stays the one that is told.
    return reply.send(Readable.from([]));
  }
  return reply.send(file.open(first, last));
}

/** RFC 6266: an ASCII name for everyone, and the real one beside it. No quotes, paths or controls. */
export function contentDisposition(name: string): string {
  const clean = cleanName(name);
  const ascii = clean.replaceAll(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(clean).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** A name for a file in somebody's downloads: nothing that leads elsewhere, hides or runs. */
function cleanName(name: string): string {
  const plain = name
    .normalize('NFC')
    // Controls, what turns the reading direction, and halves of surrogate pairs.
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replaceAll(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .slice(0, 120);
  return plain === '' ? 'file' : plain;
}

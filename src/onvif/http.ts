// One HTTP exchange with a camera within bounds: a deadline for all of it, a largest answer, no
// redirect followed, no connection kept.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { CheckedTls, GuardedLookup } from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { abortError } from '../events.js';

export interface HttpExchange {
  url: URL;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** For the whole exchange, milliseconds. */
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal | undefined;
  tls?: CheckedTls | undefined;
  guard?: GuardedLookup | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Each WWW-Authenticate header by itself. */
  challenges: string[];
  body: Buffer;
}

/**
 * Rejects with ERR_ONVIF_UNREACHABLE, ERR_ADDRESS_REFUSED, ERR_TIMEOUT, ERR_ABORTED, or ERR_ONVIF_ANSWER where the answer
 * is no HTTP or larger than `maxBytes`.
 */
export function exchange(options: HttpExchange): Promise<HttpAnswer> {
  const { url, signal, maxBytes } = options;
  const action = `Asking ${url.origin}`;
  if (signal?.aborted) return Promise.reject(abortError(action, signal));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // No name is looked up for a number.
    options.guard?.require(host);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method: options.method,
      agent: false,
      maxHeaderSize: 16 * 1024,
      ...(options.guard && { lookup: options.guard.lookup }),
      headers: {
        ...options.headers,
        connection: 'close',
        'accept-encoding': 'identity',
        ...(options.body !== undefined && { 'content-length': Buffer.byteLength(options.body) }),
      },
      ...(url.protocol === 'https:' && {
        rejectUnauthorized: true,
        ...options.tls,
      }),
    });
    let done = false;
    const finish = (result: HttpAnswer | FluxError) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (result instanceof FluxError) {
        request.destroy();
        reject(result);
      } else {
        resolve(result);
      }
    };
    const onAbort = () => finish(abortError(action, signal as AbortSignal));
    const timer = setTimeout(() => {
      finish(
        new FluxError(
          'ERR_TIMEOUT',
          `${url.origin} gave no whole answer within ${options.timeoutMs} ms. Is it a camera's ONVIF port? Raise timeoutMs where it is only slow.`,
        ),
      );
    }, options.timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });

    const tooLarge = () =>
      new FluxError('ERR_ONVIF_ANSWER', `${url.origin} answers with more than ${maxBytes} bytes.`);
    request.on('error', (error) => finish(connectionError(url, error)));
    request.on('response', (response) => {
      if (Number(response.headers['content-length']) > maxBytes) return finish(tooLarge());
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) return finish(tooLarge());
        if (!done) chunks.push(chunk);
      });
      response.on('error', (error) => finish(connectionError(url, error)));
      response.on('end', () =>
        finish({
          status: response.statusCode ?? 0,
          headers: response.headers,
          challenges: challengesOf(response.rawHeaders),
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(options.body);
  });
}

function challengesOf(rawHeaders: readonly string[]): string[] {
  const found: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length && found.length < 8; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'www-authenticate') found.push(rawHeaders[i + 1] ?? '');
  }
  return found;
}

function connectionError(url: URL, error: Error): FluxError {
  if (isFluxError(error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code.startsWith('HPE_')) {
    return new FluxError('ERR_ONVIF_ANSWER', `${url.origin} does not answer in HTTP (${code}).`, {
      cause: error,
    });
  }
  const tls = /CERT|SIGNATURE|SELF_SIGNED/.test(code);
  const advice = tls
    ? "Give its certificate, or its authority's, as tls: { ca }, or tls: { rejectUnauthorized: false } where the network is the camera's own."
    : 'Check the address, the port, and that ONVIF is switched on in the camera.';
  return new FluxError(
    'ERR_ONVIF_UNREACHABLE',
    `${url.origin} cannot be reached: ${error.message}. ${advice}`,
    { cause: error },
  );
}

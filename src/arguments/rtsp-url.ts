// The address of a camera's stream. It may carry credentials, so errors show it without them.
import { type Check, invalidArgument } from './check.js';

/** `url` with its user name and password struck out, fit for logs and errors. */
export function redactUrl(url: string): string {
  // Greedy up to the last @: a password may hold an @ or / that was not percent-encoded.
  return url.replace(/^([a-z][a-z\d+.-]*:\/\/).*@/i, '$1***@');
}

const RTSP_SCHEMES = ['rtsp:', 'rtsps:', 'rtsp+http:', 'rtsp+https:'];

/** A URL with a host that RTSP opens: over TCP or UDP, TLS, or an HTTP tunnel. */
export const rtspUrl: Check<string> = (name, value) => {
  const expected = 'a URL such as rtsp://host:554/path (or rtsps, rtsp+http, rtsp+https)';
  if (typeof value !== 'string') throw invalidArgument(name, expected, value);
  let parsed: URL | undefined;
  try {
    parsed = new URL(value);
  } catch {
    // Falls through: what is no URL has no protocol either.
  }
  const known = parsed !== undefined && RTSP_SCHEMES.includes(parsed.protocol);
  if (!known || parsed?.hostname === '' || /[\s\0]/.test(value)) {
    throw invalidArgument(name, expected, redactUrl(value));
  }
  return value;
};

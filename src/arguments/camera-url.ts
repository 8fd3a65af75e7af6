// The address of a camera's stream. It may carry credentials, so errors show it without them.
import { type Check, invalidArgument } from './check.js';

/** `url` with its user name, password and query's values struck out, fit for logs and errors. */
export function redactUrl(url: string): string {
  return (
    url
      // Cameras take passwords, and SRT its passphrase, in the query as well.
      .replace(
        /([?&][^=&#\s]*(?:user|usr|pass|pwd|auth|token|key|secret)[^=&#\s]*=)[^&#\s]*/gi,
        '$1***',
      )
      // Greedy up to the last @: a password may hold an @ or / that was not percent-encoded.
      .replace(/^([a-z][a-z\d+.-]*:\/\/).*@/i, '$1***@')
  );
}

const RTSP_SCHEMES = ['rtsp:', 'rtsps:', 'rtsp+http:', 'rtsp+https:'];
const OTHER_SCHEMES = ['http:', 'https:', 'rtmp:', 'rtmps:'];
/** Without a port they mean nothing. */
const PORT_SCHEMES = ['srt:', 'udp:'];

/**
 * A URL that a camera's stream is opened by: RTSP over TCP or UDP, TLS, or an HTTP tunnel; or what
 * libavformat opens (docs/cameras.md).
 */
export const cameraUrl: Check<string> = (name, value) => {
  const expected =
    'a URL such as rtsp://host:554/path (or rtsps, rtsp+http, rtsp+https, http, https, rtmp, rtmps), ' +
    'srt://host:port, udp://address:port or file:///path';
  if (typeof value !== 'string') throw invalidArgument(name, expected, value);
  if (!opens(value)) throw invalidArgument(name, expected, redactUrl(value));
  return value;
};

function opens(value: string): boolean {
  if (/[\s\0]/.test(value)) return false;
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return false;
  }
  if (url.protocol === 'file:') {
    return ['', 'localhost'].includes(url.hostname) && url.pathname.length > 1;
  }
  if (url.hostname === '') return false;
  if (PORT_SCHEMES.includes(url.protocol)) return url.port !== '';
  return RTSP_SCHEMES.includes(url.protocol) || OTHER_SCHEMES.includes(url.protocol);
}

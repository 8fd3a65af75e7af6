// Addresses of other servers, as people type them in: https, a host, a port, and nothing else.
import { isIP } from 'node:net';
import { GuardedLookup } from '../arguments/index.js';
import { FluxError } from '../errors.js';

/** Nobody's servers: cloud metadata and other link-local services, unspecified, multicast. */
const NEVER = [
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128'],
];
const HOST = /^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** What may be connected to: names are looked up once, and what was found is what is connected to. */
export function nodeLookup(allowLoopback: boolean): GuardedLookup {
  return new GuardedLookup(allowLoopback ? NEVER : [...NEVER, ...LOOPBACK]);
}

/**
 * The origin of a server that is to be a node, in the one way that it is written. `ERR_ADDRESS_REFUSED`
 * for another scheme than https, a path, credentials, and numbers that no server can have.
 */
export function nodeOrigin(address: string, rules: { allowLoopback?: boolean } = {}): string {
  return originOf(address, nodeLookup(rules.allowLoopback ?? false));
}

/** As {@link nodeOrigin}; without `guard` any number is taken. */
export function originOf(text: string, guard?: GuardedLookup): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.length > 300 || /[\s\u0000-\u001f\u007f\\@]/.test(text) || !URL.canParse(text)) {
    throw refused('It is no URL.');
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' || !/^https:\/\//i.test(text))
    throw refused('Only https is taken.');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    throw refused('Nothing may stand behind the port.');
  }
  if (url.port === '0') throw refused('There is no port 0.');
  // URLs may hold more in a host: signs that have a meaning in the policy of a page (CSP).
  if (!HOST.test(url.hostname)) throw refused('That is no name of a host.');
  const host = hostOf(url);
  if (/^localhost\.?$|\.localhost\.?$/i.test(host)) guard?.require('127.0.0.1');
  guard?.require(host);
  return url.origin;
}

/** A name, or a number without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** SHA-256 in hexadecimal with colons, or undefined for what is none. */
export function fingerprintOf(text: string): string | undefined {
  const digits = text.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits) || !/^([0-9A-Fa-f]{2}:?)+$/.test(text)) return undefined;
  return (digits.match(/../g) as string[]).join(':');
}

/** True for a number: names alone may be told to a server (RFC 6066 §3). */
export function isNumber(host: string): boolean {
  return isIP(host) !== 0;
}

function refused(reason: string): FluxError {
  return new FluxError(
    'ERR_ADDRESS_REFUSED',
    `This address of a server is not taken. ${reason} Write it as https://host:port.`,
  );
}

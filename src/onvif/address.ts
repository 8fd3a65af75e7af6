// Addresses of a device: the one it is asked at, and those that it reports. The latter are claims:
// which host they name decides what is done.

import { invalidArgument, redactUrl } from '../arguments/index.js';
import { FluxError } from '../errors.js';

/** An address as the device reported it, and as it is to be used. */
export interface ReportedAddress {
  /** To be used. */
  uri: string;
  /** As the device reported it, without credentials. */
  reportedUri: string;
  /** It named another host than the one that was asked; cameras behind NAT do. */
  foreignHost: boolean;
}

/** What is done with the address of another host. */
export interface HostPolicy {
  /** Put the asked host in its place. */
  useRequestHost: boolean;
  /** Use it as it is; without effect where `useRequestHost` is set. */
  allowForeignHosts: boolean;
}

/** The address of the device service, from either option. */
export function deviceUrl(where: string, url: string | undefined, host: string | undefined): URL {
  if ((url === undefined) === (host === undefined)) {
    throw invalidArgument(
      `${where}: url or host`,
      'given, one of them',
      url === undefined ? undefined : redactUrl(url),
    );
  }
  const name = url === undefined ? `${where}: host` : `${where}: url`;
  const expected =
    url === undefined
      ? 'a host such as 192.168.1.20 or 192.168.1.20:8080'
      : 'a URL such as http://192.168.1.20/onvif/device_service, without user name and password';
  const address = url ?? `http://${host}/`;
  if (!URL.canParse(address) || /[\s\0]/.test(address)) {
    throw invalidArgument(name, expected, redactUrl(address));
  }
  const parsed = new URL(address);
  const isWeb = parsed.protocol === 'http:' || parsed.protocol === 'https:';
  const isBare = host === undefined || (parsed.pathname === '/' && parsed.search === '');
  if (!isWeb || !isBare || parsed.username !== '' || parsed.password !== '') {
    throw invalidArgument(name, expected, redactUrl(address));
  }
  if (parsed.pathname === '/') parsed.pathname = '/onvif/device_service';
  parsed.hash = '';
  return parsed;
}

/**
 * Where a SOAP service is asked. As every request carries the user's name and a digest of the
 * password, it goes to the host that was asked and to no other, whatever the device reports.
 */
export function serviceUrl(reported: string, asked: URL): URL {
  const url = parse(reported);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw badAddress(reported, 'an http:// address');
  }
  const isOwn = sameHost(url, asked) && url.protocol === asked.protocol;
  const service = new URL(isOwn ? url.origin : asked.origin);
  // Part by part: a path such as //other.host/x, resolved as a reference, would name a host.
  service.pathname = url.pathname;
  service.search = url.search;
  return service;
}

/** A stream or snapshot address: its scheme is one of `schemes`, its host the policy's. */
export function reportedAddress(
  reported: string,
  asked: URL,
  schemes: readonly string[],
  policy: HostPolicy,
): ReportedAddress {
  const url = parse(reported);
  if (!url || !schemes.includes(url.protocol) || url.hostname === '') {
    throw badAddress(reported, `an address of ${schemes.join(', ')}`);
  }
  // Credentials that a device puts there are not the user's.
  url.username = '';
  url.password = '';
  const reportedUri = url.href;
  if (sameHost(url, asked)) return { uri: reportedUri, reportedUri, foreignHost: false };
  if (policy.useRequestHost) {
    url.hostname = asked.hostname;
    return { uri: url.href, reportedUri, foreignHost: true };
  }
  if (policy.allowForeignHosts) return { uri: reportedUri, reportedUri, foreignHost: true };
  throw new FluxError(
    'ERR_ONVIF_FOREIGN_HOST',
    `${asked.host} reports ${shown(reportedUri)}, which is another host. Set useRequestHost to ask ${asked.hostname} instead, or allowForeignHosts where the other host is meant.`,
  );
}

export function sameHost(a: URL, b: URL): boolean {
  return a.hostname.toLowerCase() === b.hostname.toLowerCase();
}

function parse(address: string): URL | undefined {
  if (/[\s\0]/.test(address)) return undefined;
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

function badAddress(reported: string, expected: string): FluxError {
  return new FluxError(
    'ERR_ONVIF_ANSWER',
    `The device reports '${shown(reported)}' where ${expected} belongs.`,
  );
}

function shown(address: string): string {
  return redactUrl(address).slice(0, 200);
}

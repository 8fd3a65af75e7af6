// Addresses of cameras, as people type them in: which are taken, and where their credentials go. They
// are opened by the engine and asked over HTTP, so none may name a file, a program or this machine.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { FluxError } from '@fluxvision/core';

/** An address without credentials, and the credentials. */
export interface CameraAddress {
  url: string;
  username?: string;
  password?: string;
}

/** What may be reached. */
export interface AddressRules {
  /** Cameras on this machine: for simulators. */
  allowLoopback: boolean;
}

const STREAM_SCHEMES = new Set([
  ...['rtsp:', 'rtsps:', 'rtsp+http:', 'rtsp+https:'],
  ...['http:', 'https:', 'rtmp:', 'rtmps:', 'srt:'],
]);
const TLS_SCHEMES = new Set(['rtsps:', 'rtsp+https:', 'https:', 'rtmps:']);
const WEB_SCHEMES = new Set(['http:', 'https:']);

/** Nobody's cameras: cloud metadata and other link-local services, unspecified, multicast. */
const NEVER = [
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128'],
];
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const never = blockList(NEVER);
const loopback = blockList(LOOPBACK);

/** Where no connection of a camera may lead, whatever its name says by then. */
export function refusedAddresses({ allowLoopback }: AddressRules): readonly string[] {
  return allowLoopback ? NEVER : [...NEVER, ...LOOPBACK];
}

/** The address of a stream. `ERR_ADDRESS_REFUSED` says what is wrong with it. */
export function streamAddress(text: string, rules: AddressRules): CameraAddress {
  return split(parse(text, STREAM_SCHEMES, rules));
}

/** The address of an ONVIF service. `ERR_ADDRESS_REFUSED`. */
export function onvifAddress(text: string, rules: AddressRules): CameraAddress {
  return split(parse(text, WEB_SCHEMES, rules));
}

/** The origin of another server: https, without path and credentials. `ERR_ADDRESS_REFUSED`. */
export function nodeAddress(text: string, rules: AddressRules): string {
  const url = parse(text, new Set(['https:']), rules);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw refused('Write it as https://host:port, without anything behind.');
  }
  return url.origin;
}

/**
 * Asks the name service where the address leads, and refuses what {@link streamAddress} would refuse
 * as a number. Returns one of the numbers. `ERR_ADDRESS_REFUSED`, `ERR_HOST_NOT_FOUND`.
 */
export async function resolvedHost(url: string, rules: AddressRules): Promise<string> {
  const host = hostOf(new URL(url));
  if (isIP(host) !== 0) return host;
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    throw new FluxError('ERR_HOST_NOT_FOUND', `The host '${host}' is not known: ${error.message}`);
  });
  for (const { address } of found) requireAllowed(address, rules);
  return (found[0] as { address: string }).address;
}

/** An address with the number that was looked up, and the name that its certificate is for. */
export interface PinnedAddress {
  url: string;
  tls?: { servername: string };
}

/** As {@link resolvedHost}, for who connects then: nobody can change the name in between. */
export async function pinned(url: string, rules: AddressRules): Promise<PinnedAddress> {
  const address = await resolvedHost(url, rules);
  const target = new URL(url);
  const name = hostOf(target);
  if (isIP(name) !== 0) return { url };
  target.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return {
    url: target.href,
    ...(TLS_SCHEMES.has(target.protocol) && { tls: { servername: name } }),
  };
}

function parse(text: string, schemes: ReadonlySet<string>, rules: AddressRules): URL {
  const names = [...schemes].map((scheme) => `${scheme}//`).join(', ');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\s\u0000-\u001f\u007f]/.test(text) || text.startsWith('-') || text.length > 2048) {
    throw refused('It has characters that no address has.');
  }
  if (!URL.canParse(text)) throw refused(`It is no URL. Write one that begins with ${names}.`);
  const url = new URL(text);
  if (!schemes.has(url.protocol) || !text.toLowerCase().startsWith(`${url.protocol}//`)) {
    throw refused(`Only these are taken: ${names}.`);
  }
  if (url.hostname === '') throw refused('It names no host.');
  const host = hostOf(url);
  if (isIP(host) !== 0) requireAllowed(host, rules);
  else if (/^localhost\.?$|\.localhost\.?$/i.test(host)) requireAllowed('127.0.0.1', rules);
  return url;
}

/** As the system's resolver takes it: `2130706433` and `0x7f.1` are numbers of hosts, too. */
function hostOf(url: URL): string {
  const web = `http://${url.hostname}/`;
  if (!URL.canParse(web)) throw refused('Its host is not valid.');
  return new URL(web).hostname.replace(/^\[|\]$/g, '');
}

function blockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', length] = block.split('/');
    list.addSubnet(address, Number(length), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function requireAllowed(address: string, { allowLoopback }: AddressRules): void {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (never.check(address, family)) throw refused(`${address} is no camera's address.`);
  if (!allowLoopback && loopback.check(address, family)) {
    throw refused('It is this machine. Set allowLoopbackCameras where cameras run on it.');
  }
}

function split(url: URL): CameraAddress {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  return {
    url: url.href,
    ...(username !== '' && { username: decoded(username) }),
    ...(password !== '' && { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(reason: string): FluxError {
  return new FluxError('ERR_ADDRESS_REFUSED', `This address is not taken. ${reason}`);
}

// WS-Discovery: who on the network is a camera. One probe per interface, answers merged by endpoint.
import { randomUUID } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  checkOptions,
  integer,
  invalidArgument,
  list,
  optional,
  signal,
  text,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { abortError, throwIfAborted } from '../events.js';
import { all, clean, escapeXml, find, parseXml, textAt, type XmlElement } from './xml.js';

/** Options of `Camera.discover`. */
export interface DiscoverOptions {
  /** How long to wait for answers, milliseconds. Default 3000. */
  timeoutMs?: number;
  /** Names (`eth0`) or IPv4 addresses of the interfaces to ask on. Default: all with IPv4 that are not internal. */
  interfaces?: string[];
  /**
   * Hosts to ask by themselves, IPv4 addresses: multicast does not cross routers. Only they are asked
   * where `interfaces` is not given.
   */
  hosts?: string[];
  /** UDP port. Default 3702, and every camera listens there. */
  port?: number;
  signal?: AbortSignal;
}

/** A device that answered. All of it is what the device says of itself. */
export interface DiscoveredCamera {
  /** Names the device for good, for example `urn:uuid:...`. */
  endpoint: string;
  /** Addresses of its device service (XAddrs); those on the host that answered come first. */
  addresses: string[];
  /** The host that answered. */
  host: string;
  name: string | undefined;
  hardware: string | undefined;
  location: string | undefined;
  scopes: string[];
  /** Without prefixes, for example `NetworkVideoTransmitter`. */
  types: string[];
}

const GROUP = '239.255.255.250';
/** A probe may get lost, so it is sent again after this long. */
const REPEAT_MS = 250;
/** Bounds on what a flood of answers can take. */
const MAX_ANSWERS = 8192;
const MAX_CAMERAS = 1024;
const MAX_ADDRESSES = 16;
const MAX_SCOPES = 64;
const SCOPE = 'onvif://www.onvif.org/';

/**
 * Asks the network for cameras. Resolves after `timeoutMs` with whoever answered, sorted by host.
 *
 * Rejects with `ERR_ABORTED`, `ERR_NOT_FOUND` where an interface does not exist, or
 * `ERR_ONVIF_UNREACHABLE` where no interface lets a probe out.
 */
export async function discoverCameras(options: DiscoverOptions = {}): Promise<DiscoveredCamera[]> {
  const where = 'Camera.discover';
  const checked = checkOptions(where, options, {
    timeoutMs: optional(integer(1, 600_000, 'milliseconds'), 3000),
    interfaces: optional(list),
    hosts: optional(list),
    port: optional(integer(1, 65_535), 3702),
    signal: optional(signal),
  });
  throwIfAborted(checked.signal, where);
  const hosts = (checked.hosts ?? []).map((host) => {
    if (typeof host === 'string' && isIPv4(host)) return host;
    throw invalidArgument(`${where}: hosts`, 'IPv4 addresses', host);
  });
  const multicast =
    checked.interfaces || hosts.length === 0 ? interfaceAddresses(where, checked.interfaces) : [];
  const found = new Found();
  const probes = [
    ...multicast.map((address) => ({ local: address, targets: [GROUP] })),
    ...(hosts.length > 0 ? [{ local: undefined, targets: hosts }] : []),
  ].map((probe) => new Probe(probe.local, probe.targets, checked.port, found));
  try {
    await opened(probes);
    await wait(checked.timeoutMs, checked.signal, where);
  } finally {
    for (const probe of probes) probe.close();
  }
  return found.cameras();
}

/** Throws where no probe could be sent; some interfaces without network are common. */
async function opened(probes: readonly Probe[]): Promise<void> {
  const results = await Promise.allSettled(probes.map((probe) => probe.open()));
  if (results.some(({ status }) => status === 'fulfilled')) return;
  const failed = results.find((result) => result.status === 'rejected');
  const reason = failed ? String((failed.reason as Error).message) : 'there is no IPv4 interface';
  throw new FluxError(
    'ERR_ONVIF_UNREACHABLE',
    `No probe for cameras could be sent: ${reason}. Name an interface as interfaces, or the cameras as hosts.`,
    { cause: failed?.reason },
  );
}

function wait(ms: number, signal: AbortSignal | undefined, action: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortError(action, signal as AbortSignal));
    };
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** IPv4 addresses of the interfaces that are meant. */
function interfaceAddresses(where: string, wanted: readonly unknown[] | undefined): string[] {
  const present = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, internal }) => ({ name, address, internal })),
  );
  if (!wanted) return present.filter(({ internal }) => !internal).map(({ address }) => address);
  return wanted.flatMap((each) => {
    const name = text(1, 64)(`${where}: interfaces`, each);
    const matching = present.filter((one) => one.name === name || one.address === name);
    if (matching.length > 0) return matching.map(({ address }) => address);
    const names = [...new Set(present.map((one) => one.name))].join(', ');
    throw new FluxError(
      'ERR_NOT_FOUND',
      `${where}: there is no interface '${name}' with IPv4. There are: ${names}.`,
    );
  });
}

/** One socket on one interface, and the probe that it sent. */
class Probe {
  readonly #local: string | undefined;
  readonly #targets: readonly string[];
  readonly #port: number;
  readonly #found: Found;
  readonly #messageId = `urn:uuid:${randomUUID()}`;
  readonly #socket: Socket = createSocket({ type: 'udp4' });
  #repeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(local: string | undefined, targets: readonly string[], port: number, found: Found) {
    this.#local = local;
    this.#targets = targets;
    this.#port = port;
    this.#found = found;
  }

  async open(): Promise<void> {
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, this.#local, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    // ICMP refusals of single hosts arrive here; they are no answers and no failures.
    socket.on('error', () => undefined);
    if (this.#closed) return;
    if (this.#local !== undefined) socket.setMulticastInterface(this.#local);
    socket.on('message', (message, from) => this.#found.add(message, from, this.#messageId));
    await this.#send();
    this.#repeat = setTimeout(() => void this.#send().catch(() => undefined), REPEAT_MS);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#repeat);
    this.#socket.close();
  }

  async #send(): Promise<void> {
    const probe = Buffer.from(probeMessage(this.#messageId));
    const results = await Promise.allSettled(
      this.#targets.map(
        (target) =>
          new Promise<void>((resolve, reject) => {
            this.#socket.send(probe, this.#port, target, (error) =>
              error ? reject(error) : resolve(),
            );
          }),
      ),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed && results.every(({ status }) => status === 'rejected')) throw failed.reason;
  }
}

/** A probe for video transmitters as ONVIF Core §7.3 has it, WS-Discovery of April 2005. */
export function probeMessage(messageId: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">' +
    '<s:Header><a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>' +
    `<a:MessageID>${escapeXml(messageId)}</a:MessageID>` +
    '<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>' +
    '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>' +
    '<s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>'
  );
}

/** What answered so far. */
export class Found {
  readonly #cameras = new Map<string, DiscoveredCamera>();
  #answers = 0;

  /** Takes a datagram; one that is no answer to `messageId` is ignored. */
  add(message: Buffer, from: Pick<RemoteInfo, 'address'>, messageId: string): void {
    if (++this.#answers > MAX_ANSWERS) return;
    let envelope: XmlElement;
    try {
      envelope = parseXml(message.toString('utf8').replace(/^\ufeff/, ''));
    } catch {
      return;
    }
    // Who could not see the probe cannot answer it: forged answers from elsewhere fall away here.
    if (bareUuid(textAt(envelope, 'Header', 'RelatesTo')) !== bareUuid(messageId)) return;
    for (const match of all(find(envelope, 'Body', 'ProbeMatches'), 'ProbeMatch').slice(0, 16)) {
      this.#merge(readMatch(match, from.address));
    }
  }

  cameras(): DiscoveredCamera[] {
    return [...this.#cameras.values()].sort((a, b) =>
      a.host.localeCompare(b.host, 'en', { numeric: true }),
    );
  }

  #merge(camera: DiscoveredCamera | undefined): void {
    if (!camera) return;
    const known = this.#cameras.get(camera.endpoint);
    if (!known) {
      if (this.#cameras.size < MAX_CAMERAS) this.#cameras.set(camera.endpoint, camera);
      return;
    }
    known.addresses = unique([...known.addresses, ...camera.addresses], MAX_ADDRESSES);
    known.scopes = unique([...known.scopes, ...camera.scopes], MAX_SCOPES);
    known.types = unique([...known.types, ...camera.types], MAX_SCOPES);
    known.name ??= camera.name;
    known.hardware ??= camera.hardware;
    known.location ??= camera.location;
  }
}

function readMatch(match: XmlElement, host: string): DiscoveredCamera | undefined {
  const addresses = unique(words(match, 'XAddrs').filter(isWebAddress), MAX_ADDRESSES);
  // A printer or a NAS that answers every probe has no device service to speak to.
  if (addresses.length === 0) return undefined;
  const own = addresses.filter((address) => new URL(address).hostname === host);
  const scopes = unique(words(match, 'Scopes'), MAX_SCOPES);
  return {
    // Without endpoint, seen in the field, the host has to do.
    endpoint: textAt(match, 'EndpointReference', 'Address') || `host:${host}`,
    addresses: unique([...own, ...addresses], MAX_ADDRESSES),
    host,
    name: scopeValue(scopes, 'name'),
    hardware: scopeValue(scopes, 'hardware'),
    location: scopeValue(scopes, 'location'),
    scopes,
    types: unique(
      words(match, 'Types').map((type) => type.slice(type.indexOf(':') + 1)),
      MAX_SCOPES,
    ),
  };
}

/** The words of a list; long ones are no addresses and are left out rather than cut. */
function words(match: XmlElement, name: string): string[] {
  const text = find(match, name)?.text ?? '';
  return text
    .slice(0, 65_536)
    .split(/\s+/)
    .filter((word) => word !== '' && word.length <= 512)
    .map(clean);
}

function isWebAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

function scopeValue(scopes: readonly string[], kind: string): string | undefined {
  const start = `${SCOPE}${kind}/`;
  const values = scopes
    .filter((scope) => scope.startsWith(start))
    .map((scope) => decode(scope.slice(start.length)))
    .filter((value) => value !== '');
  return values.length === 0 ? undefined : values.join(', ');
}

function decode(value: string): string {
  try {
    return clean(decodeURIComponent(value));
  } catch {
    return value;
  }
}

function bareUuid(id: string): string {
  return id.replace(/^(urn:)?(uuid:)?/i, '').toLowerCase();
}

function unique(values: readonly string[], max: number): string[] {
  return [...new Set(values)].slice(0, max);
}

// What a server says of itself by DNS-SD (RFC 6763), and what of a stranger's words is taken.
import { isIPv4 } from 'node:net';
import { isReachable } from './discovery-places.js';
import { cutToBytes, plainText } from './plain-text.js';
import type { NodeInfo } from './wire.js';

/** `_fluxvision._tcp.local`, as the library wants it. */
export const SERVICE_TYPE = 'fluxvision';
/** RFC 6763 §4.1.1: the instance is one label. */
const MAX_LABEL_BYTES = 63;
const MAX_NAME = 100;
/** With `name=` it has to fit into the 255 bytes of a string. */
const MAX_NAME_BYTES = 240;
const MAX_VERSION = 40;
const MAX_ADDRESSES = 16;
const BOOT = /^[\da-f]{8}$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What a server tells the network: of `Discovery.publish`. */
export interface PublishedServer {
  /** For people; cut to 100 characters. */
  name: string;
  version: string;
  /** 0 to 100,000. */
  cameraCount: number;
  /** Of HTTPS; 1 to 65535. */
  httpPort: number;
  /** Of secure WebSockets; 1 to 65535. */
  wsPort: number;
  /** The oldest version of the REST interface that it speaks. */
  apiMin: number;
  /** The newest one. */
  apiMax: number;
  /** There is nothing but TLS. */
  tls: true;
}

/** One answer of a server: checked and cut, and still what a stranger says. */
export interface HeardServer extends NodeInfo {
  /** Another one each time that it begins; older servers say none. */
  boot?: string;
  /** Of its address records. */
  addresses: string[];
  /** Who sent it. */
  sender: string;
}

/** What the library makes of the records of one instance. */
export interface HeardService {
  fqdn?: string;
  port?: number;
  txt?: unknown;
  addresses?: string[];
  referer?: { address: string };
}

/** The strings of the TXT record. */
export function txtOf(
  serverId: string,
  server: PublishedServer,
  boot: string,
): Record<string, string> {
  return {
    v: plainText(server.version, MAX_VERSION),
    ...{ id: serverId, boot },
    tls: '1',
    port: String(server.httpPort),
    ws: String(server.wsPort),
    api: `${server.apiMin}-${server.apiMax}`,
    cams: String(server.cameraCount),
    name: cutToBytes(plainText(server.name, MAX_NAME), MAX_NAME_BYTES),
  };
}

/** After so many others of the same name it has the whole UUID in its name. */
const MAX_NUMBER = 9;

/** `<name>-<first 8 of the UUID>`, from the second attempt on `...-2`; without dots, at most 63 bytes. */
export function instanceName(name: string, serverId: string, attempt = 1): string {
  const number = attempt > 1 ? `-${attempt}` : '';
  const suffix = attempt > MAX_NUMBER ? `-${serverId}` : `-${serverId.slice(0, 8)}${number}`;
  const label = plainText(name, MAX_NAME).replaceAll('.', '-');
  return `${cutToBytes(label, MAX_LABEL_BYTES - suffix.length)}${suffix}`;
}

/** Undefined where it is no server of ours, or says what cannot be. */
export function readServer(service: HeardService): HeardServer | undefined {
  const txt = new Map(Object.entries(service.txt ?? {}));
  const serverId = txt.get('id');
  const httpPort = portOf(txt.get('port') ?? service.port);
  const wsPort = portOf(txt.get('ws') ?? httpPort);
  const api = /^(\d{1,4})-(\d{1,4})$/.exec(String(txt.get('api')));
  const sender = service.referer?.address;
  const boot = BOOT.exec(String(txt.get('boot')))?.[0];
  if (typeof serverId !== 'string' || !UUID.test(serverId)) return undefined;
  if (txt.get('tls') !== '1' || !httpPort || !wsPort || !api || !sender) return undefined;
  const cameras = Number(/^\d{1,6}$/.exec(String(txt.get('cams')))?.[0] ?? 0);
  return {
    ...{ serverId, httpPort, wsPort, sender },
    ...(boot !== undefined && { boot }),
    name: plainText(txt.get('name'), MAX_NAME) || serverId.slice(0, 8),
    version: plainText(txt.get('v'), MAX_VERSION),
    cameraCount: Math.min(cameras, 100_000),
    apiMin: Number(api[1]),
    apiMax: Number(api[2]),
    addresses: [...new Set(service.addresses ?? [])].filter(isReachable).slice(0, MAX_ADDRESSES),
  };
}

/** Of the server that a goodbye is about. */
export function serverIdOf(service: HeardService): string | undefined {
  const id = (service.txt as { id?: unknown } | undefined)?.id;
  return typeof id === 'string' && UUID.test(id) ? id : undefined;
}

/** `https://` origins of these addresses in this order. */
export function urlsOf(addresses: readonly string[], port: number): string[] {
  return addresses.map(
    (address) => `https://${isIPv4(address) ? address : `[${address}]`}:${port}`,
  );
}

function portOf(value: unknown): number | undefined {
  const text = String(value);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

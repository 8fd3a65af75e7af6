// Answers WS-Discovery probes for simulated cameras. Off unless asked for: on a real network, recorders
// would find them.
import { randomUUID } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { FluxError } from '../../errors.js';
import { escapeXml, find, parseXml, textAt, type XmlElement } from '../../onvif/index.js';

/** One device to be found. */
export interface DiscoverableDevice {
  endpoint: string;
  addresses: string[];
  scopes: string[];
}

export interface ResponderOptions {
  /** UDP port. 0: the system chooses one. */
  port: number;
  /** IPv4 address of the interface whose multicast is heard. */
  interfaceAddress: string | undefined;
  devices: readonly DiscoverableDevice[];
}

const GROUP = '239.255.255.250';
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
const TYPES = ['NetworkVideoTransmitter', 'Device'];

export class DiscoveryResponder {
  readonly #socket: Socket;
  readonly #devices: readonly DiscoverableDevice[];
  #closing: Promise<void> | undefined;

  private constructor(socket: Socket, devices: readonly DiscoverableDevice[]) {
    this.#socket = socket;
    this.#devices = devices;
    socket.on('error', () => undefined);
    socket.on('message', (message, from) => this.#answer(message, from));
  }

  static async start(options: ResponderOptions): Promise<DiscoveryResponder> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(options.port, () => {
          socket.off('error', reject);
          resolve();
        });
      });
      socket.addMembership(GROUP, options.interfaceAddress);
    } catch (error) {
      socket.close();
      const { code, message } = error as NodeJS.ErrnoException;
      throw new FluxError(
        code === 'EADDRINUSE' ? 'ERR_ADDRESS_IN_USE' : 'ERR_CONNECTION',
        `Discovery cannot listen on UDP port ${options.port}: ${message}`,
        { cause: error },
      );
    }
    return new DiscoveryResponder(socket, options.devices);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closing;
  }

  #answer(message: Buffer, from: RemoteInfo): void {
    let envelope: XmlElement;
    try {
      envelope = parseXml(message.toString('utf8'));
    } catch {
      return;
    }
    const id = textAt(envelope, 'Header', 'MessageID');
    const probe = find(envelope, 'Body', 'Probe');
    if (id === '' || !probe || !asksForUs(probe)) return;
    const scopes = words(textAt(probe, 'Scopes'));
    const matching = this.#devices.filter((device) =>
      scopes.every((scope) => device.scopes.some((own) => matches(own, scope))),
    );
    // One datagram for each device, as each device would send it.
    for (const device of matching) {
      this.#socket.send(probeMatch(id, device), from.port, from.address, () => undefined);
    }
  }
}

function asksForUs(probe: XmlElement): boolean {
  return words(textAt(probe, 'Types')).every((type) =>
    TYPES.includes(type.slice(type.indexOf(':') + 1)),
  );
}

/** RFC 3986 matching: whole segments, from the beginning. */
function matches(own: string, wanted: string): boolean {
  return own === wanted || own.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function probeMatch(relatesTo: string, device: DiscoverableDevice): Buffer {
  return Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?>' +
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="${DISCOVERY}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">` +
      `<s:Header><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID><a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo>` +
      '<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>' +
      `<a:Action>${DISCOVERY}/ProbeMatches</a:Action></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>` +
      `<a:EndpointReference><a:Address>${device.endpoint}</a:Address></a:EndpointReference>` +
      '<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>' +
      `<d:Scopes>${device.scopes.map(escapeXml).join(' ')}</d:Scopes><d:XAddrs>${device.addresses.map(escapeXml).join(' ')}</d:XAddrs>` +
      '<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>',
  );
}

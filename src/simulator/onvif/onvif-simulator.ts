// Simulated ONVIF cameras: one HTTP server with a device for each camera of an RtspSimulator.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  checkOptions,
  flag,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  secretText,
  text,
} from '../../arguments/index.js';
import { Camera } from '../../camera/index.js';
import { FluxError } from '../../errors.js';
import { find, parseXml, type XmlElement } from '../../onvif/index.js';
import { deviceService, PRE_AUTH, scopesOf } from './device-service.js';
import { DiscoveryResponder } from './discovery-responder.js';
import { eventService } from './event-service.js';
import { imagingService } from './imaging-service.js';
import { media2Service, mediaService } from './media-service.js';
import { ptzService } from './ptz-service.js';
import type { PtzPosition } from './ptz-state.js';
import { DigestRequired, type OnvifAuthentication, Security } from './security.js';
import { type OperationContext, runOperation, type Service } from './service.js';
import { SimulatedCamera, type SimulatedProfile } from './simulated-camera.js';
import { envelope, faultEnvelope, SoapFault } from './soap.js';

/** The addresses of a camera's streams; `sub` may be left out. */
export interface SimulatedStreams {
  main: string;
  sub?: string;
}

/** Options of {@link OnvifSimulator.start}. */
export interface OnvifSimulatorOptions {
  /** Where each camera's streams are, as `RtspSimulator.urls` and `subUrls` tell. They must play. */
  cameras: SimulatedStreams[];
  /** Default 0: the system chooses one, see {@link OnvifSimulator.port}. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** With them all but the clock, the services and the name need credentials. They serve the streams too. */
  username?: string;
  password?: string;
  /** What is accepted. Default `any`: WS-Security UsernameToken or HTTP Digest. */
  authentication?: OnvifAuthentication;
  /** Have a Media2 service too. Default true. */
  media2?: boolean;
  /** How far the cameras' clock is ahead, milliseconds. Default 0. */
  clockOffsetMs?: number;
  /** Tell this host in all addresses, as cameras behind NAT do. Default: `host`. */
  reportedHost?: string;
  /**
   * Answer WS-Discovery probes, on `port` (default 3702; 0: any) and the interface with the IPv4
   * address `interfaceAddress`. Default: not at all.
   */
  discovery?: { port?: number; interfaceAddress?: string };
}

/** What a simulated camera has come to. */
export interface SimulatedCameraState {
  position: PtzPosition;
  motion: boolean;
  presets: { token: string; name: string }[];
  /** How often a key frame was asked for, by profile (`main`, `sub`). */
  synchronizationPoints: Record<string, number>;
  /** Pull points that are open. */
  subscriptions: number;
}

const SERVICES: ReadonlyMap<string, Service> = new Map(
  [deviceService, mediaService, media2Service, ptzService, imagingService, eventService].map(
    (service) => [service.path, service],
  ),
);
const MAX_REQUEST = 256 * 1024;
const PROBE_MS = 10_000;
/** A grey square of 16x16 pixels. */
const SNAPSHOT = Buffer.from(
  '/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/////xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgAEAAQAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8AAA//2Q==',
  'base64',
);

/**
 * Cameras that speak ONVIF and are not there: device, media, PTZ, imaging and event services over
 * HTTP, at `http://host:port/cam1/onvif/device_service` and so on; the first one at
 * `/onvif/device_service` too. What a profile tells of its stream was read from the stream.
 *
 * @example
 * ```ts
 * const rtsp = await RtspSimulator.start({ clip: 'street.mp4' });
 * const onvif = await OnvifSimulator.start({ cameras: [{ main: rtsp.urls[0] }] });
 * ```
 */
export class OnvifSimulator {
  readonly host: string;
  readonly #cameras: readonly SimulatedCamera[];
  readonly #server: Server;
  readonly #security: Security;
  readonly #context: Pick<OperationContext, 'media2' | 'reportedHost'>;
  readonly #now: () => number;
  #responder: DiscoveryResponder | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    host: string,
    cameras: readonly SimulatedCamera[],
    security: Security,
    context: Pick<OperationContext, 'media2' | 'reportedHost'>,
    now: () => number,
  ) {
    this.host = host;
    this.#cameras = cameras;
    this.#security = security;
    this.#context = context;
    this.#now = now;
    this.#server = createServer({ requestTimeout: 10_000 }, (request, response) => {
      void this.#serve(request, response);
    });
  }

  /** `ERR_ADDRESS_IN_USE`; `ERR_TIMEOUT` where a stream does not play. */
  static async start(options: OnvifSimulatorOptions): Promise<OnvifSimulator> {
    const where = 'OnvifSimulator.start';
    const checked = checkOptions(where, options, {
      cameras: list,
      port: optional(integer(0, 65_535), 0),
      host: optional(text(1, 255), '127.0.0.1'),
      username: optional(text(0, 256), ''),
      password: optional(secretText, ''),
      authentication: optional(oneOf('any', 'usernameToken', 'digest'), 'any' as const),
      media2: optional(flag, true),
      clockOffsetMs: optional(integer(-4e12, 4e12, 'milliseconds'), 0),
      reportedHost: optional(text(1, 255)),
      discovery: (name, value) =>
        value === undefined
          ? undefined
          : checkOptions(name, value, {
              port: optional(integer(0, 65_535), 3702),
              interfaceAddress: optional(text(1, 64)),
            }),
    });
    if (checked.cameras.length === 0) {
      throw invalidArgument(`${where}: cameras`, 'at least one', checked.cameras);
    }
    const streams = checked.cameras.map((camera) =>
      checkOptions(`${where}: cameras`, camera, {
        main: text(1, 4096),
        sub: optional(text(1, 4096)),
      }),
    );
    const now = () => Date.now() + checked.clockOffsetMs;
    const { username, password, authentication } = checked;
    const shapes = new Map<string, Promise<StreamShape>>();
    const cameras = await Promise.all(
      streams.map(async ({ main, sub }, index) => {
        const profile = async (name: string, rtspUrl: string): Promise<SimulatedProfile> => {
          // All cameras of one simulator play the same two clips, so two are looked at.
          const key = streamKey(rtspUrl);
          const shape = shapes.get(key) ?? shapeOf(rtspUrl, username, password);
          shapes.set(key, shape);
          return { name, rtspUrl, ...(await shape) };
        };
        const profiles = [await profile('main', main)];
        if (sub !== undefined) profiles.push(await profile('sub', sub));
        return new SimulatedCamera(index + 1, profiles, now);
      }),
    );
    const simulator = new OnvifSimulator(
      checked.host,
      cameras,
      new Security({ username, password, authentication, now }),
      { media2: checked.media2, reportedHost: checked.reportedHost },
      now,
    );
    try {
      await simulator.#listen(checked.port);
      if (checked.discovery) {
        const heardAt = checked.discovery.interfaceAddress ?? outerAddress();
        simulator.#responder = await DiscoveryResponder.start({
          ...checked.discovery,
          interfaceAddress: checked.discovery.interfaceAddress,
          devices: cameras.map((camera) => ({
            endpoint: camera.endpoint,
            addresses: [simulator.#urlOf(camera, heardAt)],
            scopes: scopesOf(camera.name),
          })),
        });
      }
      return simulator;
    } catch (error) {
      await simulator.close();
      throw error;
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where probes are answered; undefined where they are not. */
  get discoveryPort(): number | undefined {
    return this.#responder?.port;
  }

  /** Addresses of the device services, camera by camera. */
  get urls(): string[] {
    return this.#cameras.map((camera) => this.#urlOf(camera));
  }

  /** What camera `number`, from 1, has come to. */
  state(number = 1): SimulatedCameraState {
    const camera = this.#camera('OnvifSimulator.state', number);
    return {
      position: camera.ptz.position,
      motion: camera.motion,
      presets: [...camera.presets.values()].map(({ token, name }) => ({ token, name })),
      synchronizationPoints: Object.fromEntries(camera.synchronizationPoints),
      subscriptions: camera.subscriptions.size,
    };
  }

  /** Motion begins or ends before camera `number`: its listeners hear of it where that changes something. */
  setMotion(motion: boolean, number = 1): void {
    flag('OnvifSimulator.setMotion: motion', motion);
    this.#camera('OnvifSimulator.setMotion', number).setMotion(motion);
  }

  /** Any event at all, for example `{ topic: 'tns1:Device/Trigger/DigitalInput', ... }`. */
  emitEvent(
    event: { topic: string; source?: Record<string, string>; data?: Record<string, string> },
    number = 1,
  ): void {
    const { topic, source = {}, data = {} } = event;
    text(1, 256)('OnvifSimulator.emitEvent: topic', topic);
    this.#camera('OnvifSimulator.emitEvent', number).emit({ topic, source, data });
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#responder?.close();
      for (const camera of this.#cameras) camera.subscriptions.close();
      this.#server.closeAllConnections();
      await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #camera(where: string, number: number): SimulatedCamera {
    integer(1, this.#cameras.length)(`${where}: number`, number);
    return this.#cameras[number - 1] as SimulatedCamera;
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const code = error.code === 'EADDRINUSE' ? 'ERR_ADDRESS_IN_USE' : 'ERR_CONNECTION';
        const message = `The ONVIF simulator cannot listen on ${this.host}:${port}: ${error.message}`;
        reject(new FluxError(code, message, { cause: error }));
      });
      this.#server.listen(port, this.host, () => resolve());
    });
  }

  /** Who listens everywhere tells the address at which it was asked. */
  #reportedHost(asked: string | undefined): string | undefined {
    return this.#context.reportedHost ?? (this.host === '0.0.0.0' ? asked : undefined);
  }

  #origin(reportedHost: string | undefined): string {
    const host = reportedHost ?? (this.host === '0.0.0.0' ? '127.0.0.1' : this.host);
    return `http://${host}:${this.port}`;
  }

  #urlOf(camera: SimulatedCamera, asked?: string): string {
    return `${this.#origin(this.#reportedHost(asked))}/cam${camera.number}/onvif/device_service`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, type: string, body: string | Buffer, headers = {}) => {
      if (response.destroyed) return;
      response.writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        ...headers,
      });
      response.end(body);
    };
    try {
      const url = new URL(request.url ?? '/', 'http://simulator');
      const [, number = '1', place = ''] = /^(?:\/cam(\d{1,4}))?\/(.*)$/.exec(url.pathname) ?? [];
      const camera = this.#cameras[Number(number) - 1];
      if (camera && request.method === 'GET' && place === 'snapshot.jpg') {
        this.#security.checkHttp(request);
        return reply(200, 'image/jpeg', SNAPSHOT);
      }
      const service = SERVICES.get(/^onvif\/(.*)$/.exec(place)?.[1] ?? '');
      if (!camera || !service || request.method !== 'POST') {
        return reply(404, 'text/plain', 'There is nothing here.\n');
      }
      const body = await this.#answer(request, camera, service, url.searchParams);
      reply(200, SOAP, envelope(body));
    } catch (error) {
      if (error instanceof DigestRequired) {
        const challenge = { 'www-authenticate': this.#security.challenge() };
        return reply(401, 'text/plain', 'Credentials are needed.\n', challenge);
      }
      const fault =
        error instanceof SoapFault
          ? error
          : new SoapFault('Receiver', ['ter:Action'], String((error as Error).message), 500);
      reply(fault.status, SOAP, faultEnvelope(fault));
    }
  }

  async #answer(
    request: IncomingMessage,
    camera: SimulatedCamera,
    service: Service,
    query: URLSearchParams,
  ): Promise<string> {
    const message = soapMessage(await bodyOf(request));
    const operation = find(message, 'Body')?.children[0];
    if (!operation) throw new SoapFault('Sender', ['ter:WellFormed'], 'The body is empty');
    const header = find(message, 'Header');
    const isOpen = service === deviceService && PRE_AUTH.has(operation.name);
    if (!isOpen) this.#security.check(request, header);
    const reportedHost = this.#reportedHost(request.socket.localAddress);
    return runOperation(service, operation, {
      media2: this.#context.media2,
      camera,
      query,
      reportedHost,
      origin: this.#origin(reportedHost),
      path: `/cam${camera.number}/onvif`,
      now: this.#now(),
    });
  }
}

const SOAP = 'application/soap+xml; charset=utf-8';

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_REQUEST) throw new SoapFault('Sender', ['ter:TooLarge'], 'Too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function soapMessage(body: string): XmlElement {
  let message: XmlElement | undefined;
  try {
    message = parseXml(body);
  } catch (error) {
    throw new SoapFault('Sender', ['ter:WellFormed'], (error as Error).message);
  }
  const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
  if (message.name === 'Envelope' && message.namespace === soap12) return message;
  throw new SoapFault('Sender', ['ter:WellFormed'], 'It is no SOAP 1.2 envelope');
}

/** Our address on the network, for who listens on all of them. */
function outerAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

type StreamShape = Omit<SimulatedProfile, 'name' | 'rtspUrl'>;

/** Paths of one server that differ in the camera only. */
function streamKey(rtspUrl: string): string {
  return rtspUrl.replace(/\/cam\d+\//, '/cam/');
}

/** Plays the stream until it has told what it is. */
async function shapeOf(url: string, username: string, password: string): Promise<StreamShape> {
  const camera = new Camera({ id: 'simulated', url, username, password });
  try {
    const told = new Promise<void>((resolve) => camera.once('parameters', () => resolve()));
    camera.start();
    await camera.waitUntil('playing', { timeoutMs: PROBE_MS });
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      told,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PROBE_MS);
      }),
    ]);
    clearTimeout(timer);
    const parameters = camera.parameters;
    if (!parameters)
      throw new FluxError('ERR_TIMEOUT', `${url} plays and sends no parameter sets.`);
    const { width, height, frameRate, codec } = parameters;
    return {
      codec: /^(hvc1|hev1)/.test(codec) ? 'H265' : 'H264',
      width,
      height,
      frameRate: frameRate || 25,
      // ONVIF tells the limit that is set; a clip has none, so what is usual for its size.
      bitrateKbps: Math.max(128, Math.round((width * height) / 500)),
    };
  } finally {
    await camera.close();
  }
}

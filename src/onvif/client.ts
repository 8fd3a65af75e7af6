// The SOAP side of one device. The package `onvif` writes the requests; sending them, and everything
// that reads an answer, is done here within bounds, because an answer is whatever a stranger sends.
import { createHash, randomBytes } from 'node:crypto';
import type { CheckedTls, GuardedLookup } from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { serviceUrl } from './address.js';
import { chooseChallenge, type DigestChallenge, digestAuthorization } from './digest.js';
import { readSoapAnswer } from './fault.js';
import { exchange, type HttpAnswer, type HttpExchange } from './http.js';
import { all, escapeXml, find, numberAt, textAt, type XmlElement } from './xml.js';

/** The services that are spoken to. */
export type ServiceName = 'device' | 'media' | 'media2' | 'ptz' | 'imaging' | 'events';

/** What a call may be given beside its arguments. */
export interface OnvifCallOptions {
  signal?: AbortSignal | undefined;
  /** For this call, milliseconds. Default: that of the device. */
  timeoutMs?: number | undefined;
}

export interface OnvifClientOptions {
  url: URL;
  username: string | undefined;
  password: string;
  timeoutMs: number;
  tls: CheckedTls | undefined;
  guard: GuardedLookup | undefined;
}

/** The largest SOAP answer that is read. Profiles of a 64 channel encoder take a tenth of it. */
const MAX_ANSWER = 2 * 1024 * 1024;
const NAMESPACES: ReadonlyMap<string, ServiceName> = new Map([
  ['http://www.onvif.org/ver10/device/wsdl', 'device'],
  ['http://www.onvif.org/ver10/media/wsdl', 'media'],
  ['http://www.onvif.org/ver20/media/wsdl', 'media2'],
  ['http://www.onvif.org/ver20/ptz/wsdl', 'ptz'],
  ['http://www.onvif.org/ver20/imaging/wsdl', 'imaging'],
  ['http://www.onvif.org/ver10/events/wsdl', 'events'],
]);

/** A request as the package writes it. */
interface WrittenRequest {
  service?: string;
  action: string;
  body: string;
}

/** What is used of the package's Cam, the members that its declarations leave out among them. */
interface RequestWriter {
  username: string | undefined;
  password: string | undefined;
  media2Support: boolean;
  _passwordDigest: () => { passdigest: string; nonce: string; timestamp: string };
  _requestPart2: (request: WrittenRequest) => void;
  _envelopeHeader(openHeader?: boolean): string;
  _envelopeFooter(): string;
  _request(request: { service?: string; action?: string; body: string }, done: () => void): void;
  [method: string]: unknown;
}

/** Operations of the package that take options. */
type OperationWithOptions =
  | 'getStreamUri'
  | 'getSnapshotUri'
  | 'setSynchronizationPoint'
  | 'continuousMove'
  | 'absoluteMove'
  | 'relativeMove'
  | 'stop'
  | 'getPresets'
  | 'gotoPreset'
  | 'setPreset'
  | 'removePreset'
  | 'gotoHomePosition'
  | 'getStatus'
  | 'getImagingSettings'
  | 'getVideoSourceOptions'
  | 'imagingMove'
  | 'imagingStop';

type Operation =
  | OperationWithOptions
  | 'getSystemDateAndTime'
  | 'getServices'
  | 'getCapabilities'
  | 'getDeviceInformation'
  | 'getScopes'
  | 'getProfiles'
  | 'getVideoSources';

export class OnvifClient {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly tls: CheckedTls | undefined;
  readonly services = new Map<ServiceName, URL>();
  readonly #guard: GuardedLookup | undefined;
  readonly #username: string | undefined;
  readonly #password: string;
  readonly #writer: RequestWriter;
  #clockOffsetMs = 0;
  #challenge: DigestChallenge | undefined;
  #nonceCount = 0;

  private constructor(options: OnvifClientOptions, writer: RequestWriter) {
    this.url = options.url;
    this.timeoutMs = options.timeoutMs;
    this.tls = options.tls;
    this.#guard = options.guard;
    this.#username = options.username;
    this.#password = options.password;
    this.#writer = writer;
    this.services.set('device', options.url);
    // The writer puts texts into XML as they are, so it is given them escaped. It leaves the security
    // header out where the password is empty, and needs no password: the digest is made here, with
    // the camera's time, a nonce from the system's generator and the password in UTF-8.
    writer.username = options.username === undefined ? undefined : escapeXml(options.username);
    writer.password = options.username === undefined ? undefined : 'set';
    writer._passwordDigest = () => this.#usernameToken();
  }

  static async create(options: OnvifClientOptions): Promise<OnvifClient> {
    const { default: onvif } = await import('onvif');
    const cam = new onvif.Cam({ hostname: options.url.hostname, autoconnect: false });
    return new OnvifClient(options, cam as unknown as RequestWriter);
  }

  /** The device's clock minus ours, milliseconds. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** Media2 is used once the device has named it; some devices name it and fail at it. */
  set media2(works: boolean) {
    this.#writer.media2Support = works;
  }

  get media2(): boolean {
    return this.#writer.media2Support === true;
  }

  /** Asks for the device's time, without credentials as ONVIF has it, with them where that is refused. */
  async readClock(options: OnvifCallOptions = {}): Promise<void> {
    const before = Date.now();
    let answer: XmlElement;
    try {
      answer = await this.#send(
        this.#written('getSystemDateAndTime', []),
        this.url,
        options,
        false,
      );
    } catch (error) {
      if (isFluxError(error, 'ERR_ONVIF_FAULT') || isFluxError(error, 'ERR_ONVIF_UNSUPPORTED'))
        return;
      if (!isFluxError(error, 'ERR_ONVIF_UNAUTHORIZED') || this.#username === undefined)
        throw error;
      answer = await this.#request(
        this.#writtenBody('<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>'),
        this.url,
        options,
      );
    }
    const time = utcTime(find(answer, 'SystemDateAndTime', 'UTCDateTime'));
    // It tells whole seconds, so on average it is half of one further on.
    if (time !== undefined) this.#clockOffsetMs = time + 500 - (before + Date.now()) / 2;
  }

  /** Learns where the services are, from GetServices or, of older devices, from GetCapabilities. */
  async readServices(options: OnvifCallOptions = {}): Promise<void> {
    try {
      const answer = await this.call('getServices', [false], options);
      for (const service of all(answer, 'Service')) {
        const name = NAMESPACES.get(textAt(service, 'Namespace'));
        if (name) this.#learn(name, textAt(service, 'XAddr'));
      }
    } catch (error) {
      if (!isFluxError(error) || !/_(FAULT|UNSUPPORTED)$/.test(error.code)) throw error;
    }
    if (this.services.size === 1) {
      const found = find(await this.call('getCapabilities', [], options), 'Capabilities');
      this.#learn('media', textAt(found, 'Media', 'XAddr'));
      this.#learn('ptz', textAt(found, 'PTZ', 'XAddr'));
      this.#learn('imaging', textAt(found, 'Imaging', 'XAddr'));
      this.#learn('events', textAt(found, 'Events', 'XAddr'));
    }
    this.media2 = this.services.has('media2');
  }

  #learn(name: ServiceName, address: string): void {
    // The device service stays where the user said that it is.
    if (address !== '' && name !== 'device') this.services.set(name, serviceUrl(address, this.url));
  }

  /** Sends an operation that the package can write; resolves with the element that answers. */
  call(
    operation: OperationWithOptions,
    options: object,
    call?: OnvifCallOptions,
  ): Promise<XmlElement>;
  call(operation: Operation, args: unknown[], call?: OnvifCallOptions): Promise<XmlElement>;
  async call(
    operation: Operation,
    given: object | unknown[],
    options: OnvifCallOptions = {},
  ): Promise<XmlElement> {
    const write = () => this.#written(operation, Array.isArray(given) ? given : [given]);
    const service = (write().service ?? 'device') as ServiceName;
    return this.#request(write, this.#addressOf(service), options);
  }

  /** Sends a body of ours where the package cannot write it; `header` goes beside the security header. */
  async post(
    service: ServiceName,
    request: { body: string; header?: string; action?: string; url?: URL },
    options: OnvifCallOptions = {},
  ): Promise<XmlElement> {
    const write = this.#writtenBody(request.body, request.header, request.action);
    return this.#request(write, request.url ?? this.#addressOf(service), options);
  }

  /** A file of the device, by GET. Credentials go along only where `withCredentials`. */
  async download(
    url: URL,
    options: OnvifCallOptions & { maxBytes: number; withCredentials: boolean },
  ): Promise<HttpAnswer> {
    const request = { url, method: 'GET' as const, maxBytes: options.maxBytes };
    const answer = await this.#exchange(request, options, options.withCredentials);
    refuseRedirect(url, answer);
    return answer;
  }

  #addressOf(service: ServiceName): URL {
    const address = this.services.get(service);
    if (address) return address;
    throw new FluxError(
      'ERR_ONVIF_UNSUPPORTED',
      `${this.url.host} has no ${service} service. It has: ${[...this.services.keys()].join(', ')}.`,
    );
  }

  /** Has the package write a request, and takes it before the package would send it. */
  #written(operation: Operation, args: unknown[]): WrittenRequest {
    return this.#capture((writer) => {
      (writer[operation] as (...all: unknown[]) => void).call(writer, ...args, () => undefined);
    });
  }

  #writtenBody(body: string, header = '', action?: string): () => WrittenRequest {
    return () =>
      this.#capture((writer) => {
        const open = writer._envelopeHeader(true);
        writer._request(
          {
            ...(action !== undefined && { action }),
            body: `${open}${header}</s:Header><s:Body>${body}${writer._envelopeFooter()}`,
          },
          () => undefined,
        );
      });
  }

  #capture(write: (writer: RequestWriter) => void): WrittenRequest {
    const writer = Object.create(this.#writer) as RequestWriter;
    let written: WrittenRequest | undefined;
    writer._requestPart2 = (request) => {
      written = request;
    };
    write(writer);
    if (!written) throw new FluxError('ERR_INTERNAL', 'The onvif package wrote no request.');
    return written;
  }

  async #request(
    write: () => WrittenRequest,
    url: URL,
    options: OnvifCallOptions,
  ): Promise<XmlElement> {
    try {
      return await this.#send(write(), url, options);
    } catch (error) {
      // Long after connect() the clocks may have drifted apart, or the camera was set to the right time.
      if (!isFluxError(error, 'ERR_ONVIF_UNAUTHORIZED') || this.#username === undefined)
        throw error;
      const before = this.#clockOffsetMs;
      const clock = write().body.includes('GetSystemDateAndTime');
      if (!clock) await this.readClock(options).catch(() => undefined);
      if (Math.abs(this.#clockOffsetMs - before) < CLOCK_TOLERANCE_MS) throw error;
      return this.#send(write(), url, options);
    }
  }

  async #send(
    request: WrittenRequest,
    url: URL,
    options: OnvifCallOptions,
    withCredentials = true,
  ): Promise<XmlElement> {
    const answer = await this.#exchange(
      {
        url,
        method: 'POST',
        body: request.body,
        headers: {
          'content-type': `application/soap+xml; charset=utf-8; action="${request.action.replace(/["\r\n]/g, '')}"`,
        },
        maxBytes: MAX_ANSWER,
      },
      options,
      withCredentials,
    );
    refuseRedirect(url, answer);
    try {
      return readSoapAnswer(answer.body, answer.status, url.host);
    } catch (error) {
      if (!isFluxError(error, 'ERR_ONVIF_ANSWER')) throw error;
      if (answer.status === 401 || answer.status === 403) throw unauthorized(url, answer.status);
      if (answer.status === 404 || answer.status === 405) {
        throw new FluxError(
          'ERR_ONVIF_UNSUPPORTED',
          `${url.origin} has no ONVIF service at ${url.pathname} (HTTP status ${answer.status}). Give the address of its device service as url.`,
          { cause: error },
        );
      }
      throw error;
    }
  }

  /** One request, repeated with Digest credentials where the device asks for them. */
  async #exchange(
    request: Pick<HttpExchange, 'url' | 'method' | 'body' | 'headers' | 'maxBytes'>,
    options: OnvifCallOptions,
    withCredentials: boolean,
  ): Promise<HttpAnswer> {
    const deadline = Date.now() + (options.timeoutMs ?? this.timeoutMs);
    const send = (authorization: string | undefined) =>
      exchange({
        ...request,
        headers: { ...request.headers, ...(authorization !== undefined && { authorization }) },
        timeoutMs: Math.max(1, deadline - Date.now()),
        signal: options.signal,
        tls: this.tls,
        guard: this.#guard,
      });
    const mayAuthorize = withCredentials && this.#username !== undefined;
    const first = mayAuthorize ? this.#authorization(request) : undefined;
    const answer = await send(first);
    if (answer.status !== 401 || !mayAuthorize) return answer;
    const challenge = chooseChallenge(answer.challenges);
    // A second challenge is only a refusal, unless its nonce is another: the first was then too old.
    const renewed = challenge && (challenge.stale || challenge.nonce !== this.#challenge?.nonce);
    if (!challenge || (first !== undefined && !renewed)) return answer;
    this.#challenge = challenge;
    this.#nonceCount = 0;
    return send(this.#authorization(request));
  }

  #authorization(request: Pick<HttpExchange, 'url' | 'method'>): string | undefined {
    if (!this.#challenge || this.#username === undefined) return undefined;
    return digestAuthorization(this.#challenge, {
      username: this.#username,
      password: this.#password,
      method: request.method,
      uri: `${request.url.pathname}${request.url.search}`,
      nonceCount: ++this.#nonceCount,
    });
  }

  /** WS-Security UsernameToken Profile 1.0: Base64(SHA-1(nonce + created + password)). */
  #usernameToken(): { passdigest: string; nonce: string; timestamp: string } {
    const timestamp = new Date(Date.now() + this.#clockOffsetMs).toISOString();
    const nonce = randomBytes(16);
    const digest = createHash('sha1').update(nonce).update(timestamp).update(this.#password);
    return { passdigest: digest.digest('base64'), nonce: nonce.toString('base64'), timestamp };
  }
}

const CLOCK_TOLERANCE_MS = 2000;

function unauthorized(url: URL, status: number): FluxError {
  return new FluxError(
    'ERR_ONVIF_UNAUTHORIZED',
    `${url.host} refuses the request (HTTP status ${status}). Check the user name and password; many cameras keep users of their own for ONVIF.`,
  );
}

function refuseRedirect(url: URL, answer: HttpAnswer): void {
  if (answer.status < 300 || answer.status >= 400) return;
  throw new FluxError(
    'ERR_ONVIF_ANSWER',
    `${url.origin} sends the request elsewhere (HTTP status ${answer.status}); credentials do not follow. Connect to the address that the camera really has.`,
  );
}

/** ONVIF's DateTime as UTC milliseconds; undefined where a part is missing or no date comes of it. */
function utcTime(element: XmlElement | undefined): number | undefined {
  const part = (...path: string[]) => numberAt(element, ...path);
  const [year, month, day] = [part('Date', 'Year'), part('Date', 'Month'), part('Date', 'Day')];
  const [hour, minute] = [part('Time', 'Hour'), part('Time', 'Minute')];
  const second = part('Time', 'Second');
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  // A Date outside these years would not print as the ISO 8601 that the token needs.
  if (year < 1970 || year > 9999) return undefined;
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isFinite(time) ? time : undefined;
}

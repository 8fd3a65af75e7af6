// One ONVIF device: what it is, what it streams, and what can be done with it.

import type { TlsOptions } from '../arguments/index.js';
import {
  addressBlocks,
  cameraId,
  checkOptions,
  flag,
  GuardedLookup,
  integer,
  oneOf,
  optional,
  secretText,
  signal,
  text,
  tlsOptions,
} from '../arguments/index.js';
// Only its type: the camera itself knows this file.
import type { CameraOptions } from '../camera/index.js';
import { FluxError, isFluxError } from '../errors.js';
import {
  deviceUrl,
  type HostPolicy,
  type ReportedAddress,
  reportedAddress,
  sameHost,
} from './address.js';
import { OnvifClient, type ServiceName } from './client.js';
import { eventPlan, type OnvifEvent, type OnvifEventOptions, pullEvents } from './events.js';
import { Imaging } from './imaging.js';
import { chooseStreams, type OnvifProfile, readProfiles } from './profiles.js';
import { type OnvifRequestOptions, Ptz, type PtzTarget, requestOptions } from './ptz.js';
import { all, clean, escapeXml, find, textAt } from './xml.js';

/** Options of {@link OnvifDevice.connect}. */
export interface OnvifConnectOptions {
  /** Of the device service, for example `http://192.168.1.20/onvif/device_service`. This or `host`. */
  url?: string;
  /** `192.168.1.20` or `192.168.1.20:8080`; the usual path is added. */
  host?: string;
  username?: string;
  password?: string;
  /** For each request and its whole answer, in milliseconds. Default 5000. */
  timeoutMs?: number;
  /** For `https://`, and through {@link OnvifDevice.cameraOptions} for the streams. */
  tls?: TlsOptions;
  /**
   * Stream and snapshot addresses that name another host get the host that was asked: cameras behind
   * NAT report their inner address. Default true.
   */
  useRequestHost?: boolean;
  /** Such addresses are used as they are, without credentials. Only with `useRequestHost: false`. Default false. */
  allowForeignHosts?: boolean;
  /** Where no request may lead, whatever the name says then; as `CameraOptions.refusedAddresses`. */
  refusedAddresses?: readonly string[];
  signal?: AbortSignal;
}

/** What the device says that it is. */
export interface OnvifDeviceInformation {
  manufacturer: string;
  model: string;
  firmwareVersion: string;
  serialNumber: string;
  hardwareId: string;
}

/** Which services the device has. */
export interface OnvifCapabilities {
  media: boolean;
  media2: boolean;
  ptz: boolean;
  imaging: boolean;
  events: boolean;
}

/** How a stream is fetched. */
export type OnvifStreamProtocol = 'rtsp' | 'udp' | 'multicast' | 'http';

/** A profile and where its stream is. */
export interface OnvifStream extends ReportedAddress {
  profile: OnvifProfile;
}

/** The two streams of a camera that matter: to record, and to look at many. */
export interface OnvifStreams {
  main: OnvifStream;
  sub: OnvifStream | undefined;
}

const MAX_SNAPSHOT = 16 * 1024 * 1024;

/**
 * A camera, encoder or recorder that speaks ONVIF.
 *
 * Its methods reject with `ERR_ONVIF_UNREACHABLE`, `ERR_ONVIF_UNAUTHORIZED`, `ERR_ONVIF_FAULT` (the
 * device's own words), `ERR_ONVIF_UNSUPPORTED`, `ERR_ONVIF_ANSWER` (not SOAP, too large, a redirect),
 * `ERR_ONVIF_FOREIGN_HOST`, `ERR_TIMEOUT` or `ERR_ABORTED`.
 *
 * @example
 * ```ts
 * const device = await OnvifDevice.connect({ host: '192.168.1.20', username: 'admin', password });
 * const camera = new Camera(await device.cameraOptions({ id: 'door' }));
 * ```
 */
export class OnvifDevice {
  /** Of the device service, without credentials. */
  readonly url: string;
  readonly information: OnvifDeviceInformation;
  readonly capabilities: OnvifCapabilities;
  readonly #client: OnvifClient;
  readonly #policy: HostPolicy;
  readonly #login: { username?: string; password?: string };

  private constructor(
    client: OnvifClient,
    policy: HostPolicy,
    login: { username?: string; password?: string },
    information: OnvifDeviceInformation,
  ) {
    this.url = client.url.href;
    this.information = information;
    const has = (name: ServiceName) => client.services.has(name);
    this.capabilities = {
      media: has('media'),
      media2: has('media2'),
      ptz: has('ptz'),
      imaging: has('imaging'),
      events: has('events'),
    };
    this.#client = client;
    this.#policy = policy;
    this.#login = login;
  }

  /** Reads the device's time, services and information. No connection stays open. */
  static async connect(options: OnvifConnectOptions): Promise<OnvifDevice> {
    const where = 'OnvifDevice.connect';
    const checked = checkOptions(where, options, {
      url: optional(text(1, 2048)),
      host: optional(text(1, 255)),
      username: optional(text(0, 256)),
      password: optional(secretText, ''),
      timeoutMs: optional(integer(1, 600_000, 'milliseconds'), 5000),
      tls: tlsOptions,
      useRequestHost: optional(flag, true),
      allowForeignHosts: optional(flag, false),
      refusedAddresses: optional(addressBlocks, []),
      signal: optional(signal),
    });
    const username = checked.username === '' ? undefined : checked.username;
    const url = deviceUrl(where, checked.url, checked.host);
    const client = await OnvifClient.create({
      url,
      username,
      password: checked.password,
      timeoutMs: checked.timeoutMs,
      tls: checked.tls,
      guard: new GuardedLookup(checked.refusedAddresses),
    });
    const call = { signal: checked.signal };
    await client.readClock(call);
    await client.readServices(call);
    const answer = await client.call('getDeviceInformation', [], call);
    const information = {
      manufacturer: textAt(answer, 'Manufacturer'),
      model: textAt(answer, 'Model'),
      firmwareVersion: textAt(answer, 'FirmwareVersion'),
      serialNumber: textAt(answer, 'SerialNumber'),
      hardwareId: textAt(answer, 'HardwareId'),
    };
    const login = username === undefined ? {} : { username, password: checked.password };
    return new OnvifDevice(client, checked, login, information);
  }

  /** The device's clock minus ours, in milliseconds; whole seconds are what ONVIF tells. */
  get clockOffsetMs(): number {
    return Math.round(this.#client.clockOffsetMs);
  }

  /** Its media profiles, in its own order. */
  async profiles(options?: OnvifRequestOptions): Promise<OnvifProfile[]> {
    const call = requestOptions('OnvifDevice.profiles', options);
    try {
      return readProfiles(await this.#client.call('getProfiles', [], call));
    } catch (error) {
      const failed = isFluxError(error) && /_(FAULT|UNSUPPORTED|ANSWER)$/.test(error.code);
      if (!failed || !this.#client.media2 || !this.capabilities.media) throw error;
      // Some devices name Media2 and cannot do it; Media is what they have always done.
      this.#client.media2 = false;
      return readProfiles(await this.#client.call('getProfiles', [], call));
    }
  }

  /** Where the stream of a profile is. */
  async streamUri(
    profile: OnvifProfile | string,
    options: OnvifRequestOptions & { protocol?: OnvifStreamProtocol } = {},
  ): Promise<ReportedAddress> {
    const { protocol = 'rtsp', ...call } = options;
    oneOf('rtsp', 'udp', 'multicast', 'http')('OnvifDevice.streamUri: protocol', protocol);
    const answer = await this.#client.call(
      'getStreamUri',
      {
        profileToken: escapeXml(tokenOf('OnvifDevice.streamUri', profile)),
        protocol: protocol === 'multicast' ? 'UDP' : protocol.toUpperCase(),
        stream: protocol === 'multicast' ? 'RTP-Multicast' : 'RTP-Unicast',
      },
      requestOptions('OnvifDevice.streamUri', call),
    );
    return this.#address(uriIn(answer), ['rtsp:', 'rtsps:', 'http:', 'https:']);
  }

  /** Where the camera's picture is. */
  async snapshotUri(
    profile?: OnvifProfile | string,
    options?: OnvifRequestOptions,
  ): Promise<ReportedAddress> {
    const call = requestOptions('OnvifDevice.snapshotUri', options);
    const token = await this.#tokenOrMain('OnvifDevice.snapshotUri', profile, options);
    const answer = await this.#client.call(
      'getSnapshotUri',
      { profileToken: escapeXml(token) },
      call,
    );
    return this.#address(uriIn(answer), ['http:', 'https:']);
  }

  /** The picture of now, as the camera encodes it: nearly always JPEG. */
  async snapshot(
    profile?: OnvifProfile | string,
    options: OnvifRequestOptions & { maxBytes?: number } = {},
  ): Promise<Buffer> {
    const { maxBytes = MAX_SNAPSHOT, ...call } = options;
    integer(1, 1 << 30, 'bytes')('OnvifDevice.snapshot: maxBytes', maxBytes);
    const url = new URL((await this.snapshotUri(profile, call)).uri);
    const answer = await this.#client.download(url, {
      ...requestOptions('OnvifDevice.snapshot', call),
      maxBytes,
      // To the asked host only, and not in the clear where the device itself is asked under TLS.
      withCredentials:
        sameHost(url, this.#client.url) &&
        (url.protocol === 'https:' || this.#client.url.protocol === 'http:'),
    });
    if (answer.status === 401 || answer.status === 403) {
      throw new FluxError(
        'ERR_ONVIF_UNAUTHORIZED',
        `${url.host} refuses its snapshot (HTTP status ${answer.status}). Check the user name and password; Basic authentication is not answered.`,
      );
    }
    const type = answer.headers['content-type'] ?? '';
    const isJpeg = answer.body.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]));
    if (answer.status === 200 && (isJpeg || type.startsWith('image/'))) return answer.body;
    throw new FluxError(
      'ERR_ONVIF_ANSWER',
      `${url.host} answers HTTP status ${answer.status} and '${clean(type).slice(0, 80)}' where its snapshot belongs.`,
    );
  }

  /**
   * The stream to record, the largest, and a smaller one for grids. `videoSource` names the sensor of
   * a device with several; default: that of the first profile.
   */
  async streams(
    options: OnvifRequestOptions & { videoSource?: string } = {},
  ): Promise<OnvifStreams> {
    const { videoSource, ...call } = options;
    optional(text(1, 256))('OnvifDevice.streams: videoSource', videoSource);
    const chosen = chooseStreams(await this.profiles(call), videoSource);
    if (!chosen) {
      throw new FluxError(
        'ERR_ONVIF_UNSUPPORTED',
        `${this.#client.url.host} has no profile with H.264 or H.265${videoSource === undefined ? '' : ` for video source '${videoSource}'`}. Set one up in the camera.`,
      );
    }
    const stream = async (profile: OnvifProfile) => ({
      profile,
      ...(await this.streamUri(profile, call)),
    });
    return {
      main: await stream(chosen.main),
      sub: chosen.sub && (await stream(chosen.sub)),
    };
  }

  /**
   * Options for `new Camera(...)`: the streams, the credentials, and `onvif` for PTZ and key frames.
   * With `stream: 'sub'` the small stream alone.
   * For a stream on a foreign host that was allowed, the credentials are left out.
   */
  async cameraOptions(
    options: OnvifRequestOptions & { id: string; stream?: 'main' | 'sub'; videoSource?: string },
  ): Promise<CameraOptions> {
    const { id, stream = 'main', ...call } = options;
    cameraId('OnvifDevice.cameraOptions: id', id);
    oneOf('main', 'sub')('OnvifDevice.cameraOptions: stream', stream);
    const { main, sub } = await this.streams(call);
    const chosen = stream === 'sub' ? sub : main;
    if (!chosen) {
      throw new FluxError(
        'ERR_ONVIF_UNSUPPORTED',
        `${this.#client.url.host} has no second, smaller stream. Set one up in the camera, or take stream: 'main'.`,
      );
    }
    const isOwn = ({ uri }: OnvifStream) => sameHost(new URL(uri), this.#client.url);
    return {
      id,
      url: chosen.uri,
      ...(isOwn(chosen) ? this.#login : {}),
      ...(stream === 'main' &&
        // Empty credentials keep those of the main stream away from a foreign host.
        sub && { sub: { url: sub.uri, ...(isOwn(sub) ? {} : { username: '', password: '' }) } }),
      // Its ONVIF side takes the same.
      ...(this.#client.tls && { tls: this.#client.tls }),
      onvif: { url: this.url, ...this.#login, profile: chosen.profile.token },
    };
  }

  /** Asks the camera for a key frame now (SetSynchronizationPoint). Default: the main profile. */
  async requestKeyFrame(
    profile?: OnvifProfile | string,
    options?: OnvifRequestOptions,
  ): Promise<void> {
    const call = requestOptions('OnvifDevice.requestKeyFrame', options);
    const token = await this.#tokenOrMain('OnvifDevice.requestKeyFrame', profile, options);
    await this.#client.call('setSynchronizationPoint', { profileToken: escapeXml(token) }, call);
  }

  /** Moves the camera of a profile; default: the first profile that can move. */
  ptz(profile?: OnvifProfile | string): Ptz {
    const given = profile === undefined ? undefined : tokenOf('OnvifDevice.ptz', profile);
    let found: PtzTarget | undefined;
    return new Ptz(async () => {
      found ??=
        given === undefined
          ? await this.ptzTarget()
          : { client: this.#client, profileToken: given };
      return found;
    });
  }

  /** The profile to move: `preferred` where it can, as the profile that is played need not. @internal */
  async ptzTarget(preferred?: string): Promise<PtzTarget> {
    const moving = (await this.profiles()).filter((each) => each.ptz);
    const profile = moving.find((each) => each.token === preferred) ?? moving[0];
    if (profile) return { client: this.#client, profileToken: profile.token };
    throw new FluxError(
      'ERR_ONVIF_UNSUPPORTED',
      `${this.#client.url.host} has no profile that can pan, tilt or zoom.`,
    );
  }

  /** The imaging settings of a video source; default: that of the main profile. */
  async imaging(videoSource?: string, options?: OnvifRequestOptions): Promise<Imaging> {
    if (videoSource !== undefined) {
      return new Imaging(
        this.#client,
        text(1, 256)('OnvifDevice.imaging: videoSource', videoSource),
      );
    }
    const profiles = await this.profiles(options);
    const source = (chooseStreams(profiles)?.main ?? profiles[0])?.videoSource;
    if (source !== undefined) return new Imaging(this.#client, source);
    throw new FluxError('ERR_ONVIF_UNSUPPORTED', `${this.#client.url.host} has no video source.`);
  }

  /** The scopes that the device announces: its name, place and profiles. */
  async scopes(options?: OnvifRequestOptions): Promise<string[]> {
    const call = requestOptions('OnvifDevice.scopes', options);
    const answer = await this.#client.call('getScopes', [], call);
    return all(answer, 'Scopes').map((scope) => textAt(scope, 'ScopeItem'));
  }

  /**
   * What happens at the device, until the signal fires or the loop is left. A device that goes away is
   * tried again with back-off, and what it said meanwhile is lost; a wrong password or a device
   * without events throws.
   */
  events(options: OnvifEventOptions = {}): AsyncGenerator<OnvifEvent, void, undefined> {
    return pullEvents(this.#client, eventPlan('OnvifDevice.events', options));
  }

  #address(reported: string, schemes: readonly string[]): ReportedAddress {
    return reportedAddress(reported, this.#client.url, schemes, this.#policy);
  }

  async #tokenOrMain(
    where: string,
    profile: OnvifProfile | string | undefined,
    options: OnvifRequestOptions | undefined,
  ): Promise<string> {
    if (profile !== undefined) return tokenOf(where, profile);
    const profiles = await this.profiles(options);
    const main = chooseStreams(profiles)?.main ?? profiles[0];
    if (main) return main.token;
    throw new FluxError('ERR_ONVIF_UNSUPPORTED', `${this.#client.url.host} has no media profile.`);
  }
}

function tokenOf(where: string, profile: OnvifProfile | string): string {
  const token = typeof profile === 'string' ? profile : profile?.token;
  return text(1, 256)(`${where}: profile`, token);
}

/** Media wraps the address, Media2 does not. */
function uriIn(answer: Parameters<typeof find>[0]): string {
  // As the device wrote it: an address that was cut or mended is another address.
  return (find(answer, 'MediaUri', 'Uri') ?? find(answer, 'Uri'))?.text ?? '';
}

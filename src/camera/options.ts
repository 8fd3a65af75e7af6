// What a camera is made of: addresses, credentials, transport, and how to meet its oddities.
import {
  addressBlocks,
  type Check,
  type CheckedTls,
  cameraId,
  cameraUrl,
  checkOptions,
  completeTls,
  flag,
  integer,
  invalidArgument,
  oneOf,
  optional,
  secretText,
  type TlsOptions,
  text,
  tlsChecks,
} from '../arguments/index.js';
import type { NativeCameraOptions, NativePolicies, NativeStreamOptions } from '../native/index.js';
import { type CameraOnvif, type CameraOnvifOptions, cameraOnvif } from '../onvif/index.js';

/** Main or sub stream of a camera. */
export type StreamName = 'main' | 'sub';

/** How RTP travels; over TLS and HTTP tunnels it is always interleaved. */
export type Transport = 'tcp' | 'udp' | 'auto';

/**
 * How to meet what a camera does differently. Each has a safe default; what was met is counted in
 * {@link CameraStats.quirks}. docs/camera-oddities.md has the table.
 */
export interface CameraPolicies {
  /** Which request keeps a session alive. `auto` (default) changes it where it is refused. */
  keepAlive?: 'auto' | 'options' | 'get-parameter' | 'set-parameter' | 'none';
  /** Seconds between keep-alives. Default: half of the session's timeout. */
  keepAliveSeconds?: number;
  /** Digest algorithm. `auto` (default): the strongest offered, and MD5 where that is refused. */
  digest?: 'auto' | 'md5' | 'sha-256';
  /** TEARDOWN when a session is left. Default `always`. */
  teardown?: 'always' | 'never';
  /** Seconds to wait after a session that could not be left in order, 0 to 600. Default 0. */
  staleSessionWaitSeconds?: number;
  /** Data on a channel that was never set up. Default `ignore`. */
  unassignedChannel?: 'ignore' | 'fail';
  /** RTCP about a source that sends nothing. Default `ignore`. */
  unknownRtcpSsrc?: 'ignore' | 'fail';
  /** Another session id in a later SETUP. Default `ignore`: the newest counts. */
  sessionIdChange?: 'ignore' | 'fail';
  /** RTP time that leaps forward by more begins a new run, in seconds, 1 to 3600. Default 10. */
  maxForwardJumpSeconds?: number;
  /** How control URLs are joined to their base. Default `append`, as live555 and ffmpeg do. */
  control?: 'append' | 'rfc3986';
  /**
   * What puts recorded sound and picture together. `rtcp` (default): the camera's sender reports
   * where they are credible, else the arrival of packets. `arrival`: never the reports.
   */
  avSync?: 'rtcp' | 'arrival';
}

/** Whom the camera's connections believe: by default the system's authorities, for the URL's host. */
export interface CameraTlsOptions extends TlsOptions {
  /**
   * SHA-256 of the camera's certificate, in hexadecimal: then only that one is accepted, whoever
   * signed it. For RTSP only.
   */
  fingerprint?: string;
  /** @deprecated The former name of `rejectUnauthorized`. */
  verify?: boolean;
}

/** The sub stream of a camera: where it is, and what differs from the main stream. */
export interface SubStreamOptions {
  url: string;
  username?: string;
  password?: string;
  transport?: Transport;
}

/** Options of {@link Camera}. */
export interface CameraOptions {
  /**
   * Names the camera everywhere, in folder names too: 1 to 64 characters of A-Z, a-z, 0-9, dot,
   * underscore and hyphen, not beginning with a dot.
   */
  id: string;
  /**
   * `rtsp://host[:port]/path`; `rtsps://` for TLS, `rtsp+http://` and `rtsp+https://` for an HTTP
   * tunnel. Also `http(s)://` (HTTP-FLV, MPEG-TS, HLS, MJPEG), `rtmp(s)://`, `srt://host:port`,
   * `udp://address:port` and `file:///path`, played in real time and again and again; `transport`,
   * `metadata` and `policies` mean nothing there. Credentials in it are used where no `username` is
   * given. docs/cameras.md has examples.
   */
  url: string;
  username?: string;
  password?: string;
  /** The camera's second, smaller stream. */
  sub?: SubStreamOptions;
  /** Default `tcp`. */
  transport?: Transport;
  /** Receives the camera's sound too. Default true. */
  audio?: boolean;
  /** Receives ONVIF metadata too; see {@link Camera.metadata}. Default false. */
  metadata?: boolean;
  /** For `rtsps://`, `rtsp+https://`, `https://` and `rtmps://`. */
  tls?: CameraTlsOptions;
  /** For the TCP connection and for each RTSP reply, in milliseconds. Default 5000. */
  connectTimeoutMs?: number;
  /** Without video for this long the camera is reconnected, in milliseconds. Default 10000. */
  stallTimeoutMs?: number;
  /** Back-off between attempts: doubles from `minMs` (default 500) to `maxMs` (default 30000). */
  reconnect?: { minMs?: number; maxMs?: number };
  /**
   * True: the main stream too connects only while a writer or viewer needs it, as the sub stream
   * always does. Default false: it is connected from {@link Camera.start} on.
   */
  onDemand?: boolean;
  /** How long a stream stays connected that nobody needs any more, in milliseconds. Default 10000. */
  lingerMs?: number;
  /**
   * Where no connection may lead: IP addresses and CIDR blocks such as `169.254.0.0/16`. A name is looked up
   * by each connection, and may lead elsewhere then; a redirect may, too. `ERR_ADDRESS_REFUSED`.
   */
  refusedAddresses?: readonly string[];
  policies?: CameraPolicies;
  /** Its ONVIF side, for {@link Camera.ptz} and {@link Camera.requestKeyFrame}. Connected when first needed. */
  onvif?: CameraOnvifOptions;
}

const transport = oneOf('tcp', 'udp', 'auto');
const reaction = optional(oneOf('ignore', 'fail'), 'ignore' as const);

const policies: Check<NativePolicies> = (name, value) =>
  checkOptions(name, value ?? {}, {
    keepAlive: optional(
      oneOf('auto', 'options', 'get-parameter', 'set-parameter', 'none'),
      'auto' as const,
    ),
    keepAliveSeconds: optional(integer(1, 3600, 'seconds'), 0),
    digest: optional(oneOf('auto', 'md5', 'sha-256'), 'auto' as const),
    teardown: optional(oneOf('always', 'never'), 'always' as const),
    staleSessionWaitSeconds: optional(integer(0, 600, 'seconds'), 0),
    unassignedChannel: reaction,
    unknownRtcpSsrc: reaction,
    sessionIdChange: reaction,
    maxForwardJumpSeconds: optional(integer(1, 3600, 'seconds'), 10),
    control: optional(oneOf('append', 'rfc3986'), 'append' as const),
    avSync: optional(oneOf('rtcp', 'arrival'), 'rtcp' as const),
  });

const fingerprint: Check<string> = (name, value) => {
  const digits = typeof value === 'string' ? value.replaceAll(':', '') : '';
  if (!/^[\da-f]{64}$/i.test(digits)) {
    throw invalidArgument(name, 'a SHA-256 of 64 hexadecimal digits, colons allowed', value);
  }
  return digits.toLowerCase();
};

interface CheckedCameraTls extends CheckedTls {
  fingerprint: string;
}

const tls: Check<CheckedCameraTls | undefined> = (name, value) => {
  if (value === undefined) return undefined;
  const {
    fingerprint: digits,
    verify,
    ...rest
  } = checkOptions(name, value, {
    ...tlsChecks,
    fingerprint: optional(fingerprint, ''),
    verify: optional(flag),
  });
  if (verify !== undefined && rest.rejectUnauthorized !== undefined) {
    throw invalidArgument(`${name}: verify`, 'left out beside rejectUnauthorized', verify);
  }
  const rejectUnauthorized = rest.rejectUnauthorized ?? verify;
  return { ...completeTls({ ...rest, rejectUnauthorized }), fingerprint: digits };
};

const sub: Check<SubStreamOptions> = (name, value) =>
  checkOptions(name, value, {
    url: cameraUrl,
    username: optional(text(0, 256)),
    password: optional(secretText),
    transport: optional(transport),
  }) as SubStreamOptions;

/** What {@link Camera} works with. */
export interface CheckedCamera {
  onDemand: boolean;
  native: NativeCameraOptions;
  onvif: CameraOnvif | undefined;
}

/** Checks and completes the options. Throws ERR_INVALID_ARGUMENT naming the one that is wrong. */
export function checkCamera(options: CameraOptions): CheckedCamera {
  const checked = checkOptions('Camera', options, {
    id: cameraId,
    url: cameraUrl,
    username: optional(text(0, 256), ''),
    password: optional(secretText, ''),
    sub: optional(sub),
    transport: optional(transport, 'tcp' as const),
    audio: optional(flag, true),
    metadata: optional(flag, false),
    tls,
    connectTimeoutMs: optional(integer(100, 600_000, 'milliseconds'), 5000),
    stallTimeoutMs: optional(integer(100, 3_600_000, 'milliseconds'), 10_000),
    reconnect: (_name, value) =>
      checkOptions('Camera: reconnect', value ?? {}, {
        minMs: optional(integer(10, 3_600_000, 'milliseconds')),
        maxMs: optional(integer(10, 3_600_000, 'milliseconds')),
      }),
    onDemand: optional(flag, false),
    lingerMs: optional(integer(0, 86_400_000, 'milliseconds'), 10_000),
    refusedAddresses: optional(addressBlocks, []),
    policies,
    onvif: (_name, value) => value,
  });
  const reconnectMinMs = checked.reconnect.minMs ?? Math.min(500, checked.reconnect.maxMs ?? 500);
  const reconnectMaxMs = checked.reconnect.maxMs ?? Math.max(30_000, reconnectMinMs);
  if (reconnectMaxMs < reconnectMinMs) {
    throw invalidArgument(
      'Camera: reconnect: maxMs',
      `at least minMs (${reconnectMinMs})`,
      reconnectMaxMs,
    );
  }
  const main: NativeStreamOptions = {
    url: checked.url,
    username: checked.username,
    password: checked.password,
    connectTimeoutMs: checked.connectTimeoutMs,
    stallTimeoutMs: checked.stallTimeoutMs,
    reconnectMinMs,
    reconnectMaxMs,
    transport: checked.transport,
    audio: checked.audio,
    metadata: checked.metadata,
    tlsFingerprint: checked.tls?.fingerprint ?? '',
    tlsVerify: checked.tls?.rejectUnauthorized ?? true,
    tlsAuthorities: checked.tls?.ca ?? '',
    tlsServerName: checked.tls?.servername ?? '',
    refusedAddresses: checked.refusedAddresses,
    policies: checked.policies,
  };
  const native: NativeCameraOptions = { id: checked.id, main, lingerMs: checked.lingerMs };
  if (checked.sub) {
    const { url, username, password } = checked.sub;
    native.sub = {
      ...main,
      url,
      // The camera's own, where the sub stream has none.
      username: username ?? main.username,
      password: password ?? main.password,
      transport: checked.sub.transport ?? main.transport,
      // Once is enough, and main is where the recorder is.
      metadata: false,
    };
  }
  // Its login is the stream's, and so is whom it believes, where it has none.
  const { fingerprint: _, ...believed } = checked.tls ?? { fingerprint: '' };
  const onvif = cameraOnvif('Camera: onvif', checked.onvif, {
    ...{ username: main.username, password: main.password },
    tls: checked.tls && (believed as CheckedTls),
    refusedAddresses: checked.refusedAddresses,
  });
  return { onDemand: checked.onDemand, native, onvif };
}

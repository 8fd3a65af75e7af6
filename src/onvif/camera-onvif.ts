// What a Camera has of its ONVIF side: it is connected when it is first needed, and again after a failure.

import type { TlsOptions } from '../arguments/index.js';
import {
  type CheckedTls,
  checkOptions,
  integer,
  optional,
  secretText,
  text,
  tlsOptions,
} from '../arguments/index.js';
import { deviceUrl } from './address.js';
import { type OnvifConnectOptions, OnvifDevice } from './device.js';
import { type OnvifRequestOptions, Ptz, type PtzTarget } from './ptz.js';

/** The ONVIF side of a camera; see `CameraOptions.onvif`. */
export interface CameraOnvifOptions {
  /** Of the device service, for example `http://192.168.1.20/onvif/device_service`. */
  url: string;
  /** Default: the camera's. */
  username?: string;
  /** Default: the camera's. */
  password?: string;
  /** Token of the profile that the camera plays. Default: the main one, and for PTZ the first that can move. */
  profile?: string;
  /** For each request, in milliseconds. Default 5000. */
  timeoutMs?: number;
  /** Default: the camera's, but for its fingerprint. */
  tls?: TlsOptions;
}

/** The ONVIF side of a camera, or undefined where its option is; `stream` has what holds for its stream. */
export function cameraOnvif(
  name: string,
  value: unknown,
  stream: {
    username: string;
    password: string;
    tls: CheckedTls | undefined;
    refusedAddresses: readonly string[];
  },
): CameraOnvif | undefined {
  if (value === undefined) return undefined;
  const checked = checkOptions(name, value, {
    url: text(1, 2048),
    username: optional(text(0, 256), stream.username),
    password: optional(secretText, stream.password),
    profile: optional(text(1, 256)),
    timeoutMs: optional(integer(1, 600_000, 'milliseconds'), 5000),
    tls: (where, given) => tlsOptions(where, given) ?? stream.tls,
  });
  // A wrong address is the constructor's error, not that of the first move.
  deviceUrl(name, checked.url, undefined);
  return new CameraOnvif({ ...checked, refusedAddresses: stream.refusedAddresses });
}

/** Connects when it is first needed, and anew after a failure. @internal */
export class CameraOnvif {
  readonly ptz: Ptz;
  readonly #options: Parameters<typeof OnvifDevice.connect>[0];
  readonly #profile: string | undefined;
  #device: Promise<OnvifDevice> | undefined;
  #target: Promise<PtzTarget> | undefined;

  constructor({ profile, ...options }: CheckedOptions) {
    this.#options = options as OnvifConnectOptions;
    this.#profile = profile;
    this.ptz = new Ptz(() => this.#ptzTarget());
  }

  async requestKeyFrame(options?: OnvifRequestOptions): Promise<void> {
    await (await this.device()).requestKeyFrame(this.#profile, options);
  }

  device(): Promise<OnvifDevice> {
    this.#device ??= OnvifDevice.connect(this.#options).catch((error: unknown) => {
      this.#device = undefined;
      throw error;
    });
    return this.#device;
  }

  #ptzTarget(): Promise<PtzTarget> {
    this.#target ??= this.device()
      .then((device) => device.ptzTarget(this.#profile))
      .catch((error: unknown) => {
        this.#target = undefined;
        throw error;
      });
    return this.#target;
  }
}

interface CheckedOptions {
  url: string;
  username: string;
  password: string;
  profile: string | undefined;
  timeoutMs: number;
  tls: CheckedTls | undefined;
  refusedAddresses: readonly string[];
}

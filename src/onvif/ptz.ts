// Pan, tilt and zoom of one profile, in ONVIF's generic spaces.
import {
  checkOptions,
  decimal,
  integer,
  invalidArgument,
  optional,
  signal,
  text,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { throwIfAborted } from '../events.js';
import type { OnvifCallOptions, OnvifClient } from './client.js';
import { all, clean, escapeXml, find, numberIn, textAt } from './xml.js';

/** What a call to a device may be given beside its arguments. */
export interface OnvifRequestOptions {
  signal?: AbortSignal;
  /** For this call, in milliseconds. Default: that of the device. */
  timeoutMs?: number;
}

/** A velocity. What is left out does not move; at least one is given. */
export interface PtzVelocity {
  /** -1 (left, full speed) to 1 (right). */
  pan?: number;
  /** -1 (down) to 1 (up). */
  tilt?: number;
  /** -1 (wide) to 1 (tele). */
  zoom?: number;
  /** The camera stops by itself after this long, in milliseconds: 100 to 600000. Default 5000. */
  timeoutMs?: number;
}

/** A position, or a way to go. What is left out stays. `pan` and `tilt` go together. */
export interface PtzMove {
  /** -1 to 1. */
  pan?: number;
  /** -1 to 1. */
  tilt?: number;
  /** 0 (wide) to 1 (tele); of a relative move -1 to 1. */
  zoom?: number;
  /** 0 to 1 of the fastest; default: the camera's own. */
  speed?: number;
}

/** Where the camera looks. Coordinates that it does not report are undefined. */
export interface PtzStatus {
  pan: number | undefined;
  tilt: number | undefined;
  zoom: number | undefined;
  /** Undefined where the camera does not say. */
  moving: boolean | undefined;
}

/** A stored position. */
export interface PtzPreset {
  token: string;
  name: string;
  pan: number | undefined;
  tilt: number | undefined;
  zoom: number | undefined;
}

/** What {@link Ptz} works on: a client, and the token of a profile with PTZ. */
export interface PtzTarget {
  client: OnvifClient;
  profileToken: string;
}

const axis = optional(decimal(-1, 1));
const speed = optional(decimal(0, 1));

/**
 * Moves a camera. Each call goes to the camera at once and resolves when the camera has taken it, not
 * when it has arrived: ask {@link status}.
 *
 * All methods reject with `ERR_ONVIF_UNREACHABLE`, `ERR_ONVIF_UNAUTHORIZED`, `ERR_ONVIF_FAULT`,
 * `ERR_ONVIF_UNSUPPORTED`, `ERR_ONVIF_ANSWER`, `ERR_TIMEOUT` or `ERR_ABORTED`.
 */
export class Ptz {
  readonly #connect: () => Promise<PtzTarget>;

  /** @internal Use `OnvifDevice.ptz` or `Camera.ptz`. */
  constructor(connect: () => Promise<PtzTarget>) {
    this.#connect = connect;
  }

  /** Moves until {@link stop}, or until `timeoutMs` is over: a lost stop must not turn a camera for ever. */
  async continuousMove(velocity: PtzVelocity, options?: OnvifRequestOptions): Promise<void> {
    const { timeoutMs, ...given } = checkOptions('Ptz.continuousMove', velocity, {
      pan: axis,
      tilt: axis,
      zoom: axis,
      timeoutMs: optional(integer(100, 600_000, 'milliseconds'), 5000),
    });
    const vector = vectorOf('Ptz.continuousMove', given);
    await this.#send('continuousMove', { ...vector, timeout: timeoutMs }, options);
  }

  /** Stops all movement. */
  async stop(options?: OnvifRequestOptions): Promise<void> {
    await this.#send('stop', { panTilt: 'true', zoom: 'true' }, options);
  }

  async absoluteMove(position: PtzMove, options?: OnvifRequestOptions): Promise<void> {
    const { speed: fast, ...given } = checkOptions('Ptz.absoluteMove', position, {
      pan: axis,
      tilt: axis,
      zoom: optional(decimal(0, 1)),
      speed,
    });
    if ((given.pan === undefined) !== (given.tilt === undefined)) {
      throw invalidArgument(
        'Ptz.absoluteMove: pan and tilt',
        'given together',
        given.pan ?? given.tilt,
      );
    }
    const vector = vectorOf('Ptz.absoluteMove', given);
    await this.#send('absoluteMove', { ...vector, ...speedOf(fast) }, options);
  }

  async relativeMove(way: PtzMove, options?: OnvifRequestOptions): Promise<void> {
    const { speed: fast, ...given } = checkOptions('Ptz.relativeMove', way, {
      pan: axis,
      tilt: axis,
      zoom: axis,
      speed,
    });
    const { x, y, zoom } = vectorOf('Ptz.relativeMove', given);
    // The package writes every part of a relative move; 0 is no move.
    await this.#send(
      'relativeMove',
      { x: x ?? 0, y: y ?? 0, zoom: zoom ?? 0, ...speedOf(fast) },
      options,
    );
  }

  async status(options?: OnvifRequestOptions): Promise<PtzStatus> {
    const status = find(await this.#send('getStatus', {}, options), 'PTZStatus');
    const states = ['PanTilt', 'Zoom']
      .map((part) => textAt(status, 'MoveStatus', part))
      .filter((state) => state === 'MOVING' || state === 'IDLE');
    return {
      ...positionIn(find(status, 'Position')),
      moving: states.length === 0 ? undefined : states.includes('MOVING'),
    };
  }

  async presets(options?: OnvifRequestOptions): Promise<PtzPreset[]> {
    const answer = await this.#send('getPresets', {}, options);
    return all(answer, 'Preset')
      .map((preset) => ({
        token: clean(preset.attributes.get('token') ?? ''),
        name: textAt(preset, 'Name'),
        ...positionIn(find(preset, 'PTZPosition')),
      }))
      .filter((preset) => preset.token !== '');
  }

  async gotoPreset(
    token: string,
    options: OnvifRequestOptions & { speed?: number } = {},
  ): Promise<void> {
    const { speed: fast, ...call } = options;
    speed('Ptz.gotoPreset: speed', fast);
    const preset = escapeXml(text(1, 64)('Ptz.gotoPreset: token', token));
    await this.#send('gotoPreset', { preset, ...speedOf(fast) }, call);
  }

  /** Stores where the camera looks now; replaces the preset `token` where one is named. Resolves with its token. */
  async setPreset(
    preset: { name: string; token?: string },
    options?: OnvifRequestOptions,
  ): Promise<string> {
    const checked = checkOptions('Ptz.setPreset', preset, {
      name: text(1, 64),
      token: optional(text(1, 64)),
    });
    const answer = await this.#send(
      'setPreset',
      {
        presetName: escapeXml(checked.name),
        ...(checked.token !== undefined && { presetToken: escapeXml(checked.token) }),
      },
      options,
    );
    const token = textAt(answer, 'PresetToken') || checked.token;
    if (token !== undefined) return token;
    throw new FluxError(
      'ERR_ONVIF_ANSWER',
      'The camera stored a preset and did not say its token.',
    );
  }

  async removePreset(token: string, options?: OnvifRequestOptions): Promise<void> {
    const presetToken = escapeXml(text(1, 64)('Ptz.removePreset: token', token));
    await this.#send('removePreset', { presetToken }, options);
  }

  async gotoHome(options: OnvifRequestOptions & { speed?: number } = {}): Promise<void> {
    const { speed: fast, ...call } = options;
    speed('Ptz.gotoHome: speed', fast);
    await this.#send('gotoHomePosition', speedOf(fast), call);
  }

  async #send(
    operation: Parameters<OnvifClient['call']>[0] & PtzOperation,
    parameters: object,
    options: OnvifRequestOptions | undefined,
  ) {
    const call = requestOptions(`Ptz.${operation}`, options);
    throwIfAborted(call.signal, `Ptz.${operation}`);
    const { client, profileToken } = await this.#connect();
    return client.call(operation, { profileToken: escapeXml(profileToken), ...parameters }, call);
  }
}

type PtzOperation =
  | 'continuousMove'
  | 'absoluteMove'
  | 'relativeMove'
  | 'stop'
  | 'getPresets'
  | 'gotoPreset'
  | 'setPreset'
  | 'removePreset'
  | 'gotoHomePosition'
  | 'getStatus';

/** Checks the options that every call to a device takes. */
export function requestOptions(where: string, options: OnvifRequestOptions = {}): OnvifCallOptions {
  return checkOptions(where, options, {
    signal: optional(signal),
    timeoutMs: optional(integer(1, 600_000, 'milliseconds')),
  });
}

/** The package's vector. Some cameras refuse a move that has a part they cannot move, so none is added. */
function vectorOf(
  where: string,
  given: { pan: number | undefined; tilt: number | undefined; zoom: number | undefined },
): { x?: number; y?: number; zoom?: number; onlySendPanTilt?: true; onlySendZoom?: true } {
  const { pan, tilt, zoom } = given;
  const panTilt = pan !== undefined || tilt !== undefined;
  if (!panTilt && zoom === undefined)
    throw invalidArgument(`${where}: pan, tilt, zoom`, 'given, at least one', undefined);
  if (!panTilt) return { zoom: zoom as number, onlySendZoom: true };
  const turn = { x: pan ?? 0, y: tilt ?? 0 };
  return zoom === undefined ? { ...turn, onlySendPanTilt: true } : { ...turn, zoom };
}

function speedOf(fast: number | undefined): { speed?: { x: number; y: number; zoom: number } } {
  return fast === undefined ? {} : { speed: { x: fast, y: fast, zoom: fast } };
}

function positionIn(element: Parameters<typeof find>[0]) {
  return {
    pan: numberIn(find(element, 'PanTilt'), 'x'),
    tilt: numberIn(find(element, 'PanTilt'), 'y'),
    zoom: numberIn(find(element, 'Zoom'), 'x'),
  };
}

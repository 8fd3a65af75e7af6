// The cameras of the server: kept in config.db, recorded by the recorder, and shown to who may see them.
import { EventEmitter } from 'node:events';
import {
  type Camera,
  type ConfigStore,
  FluxError,
  isFluxError,
  OnvifDevice,
  type Permission,
  type Recorder,
} from '@fluxvision/core';
import type { CameraChange, CameraConfig, CameraView, NewCamera } from '../../protocol/index.js';
import { cameraNotFound } from '../problem.js';
import {
  type AddressRules,
  onvifAddress,
  pinned,
  refusedAddresses,
  resolvedHost,
  streamAddress,
} from './address.js';
import { changed, completed, publicConfig } from './change.js';
import {
  type CameraExtras,
  type CameraSettings,
  DEFAULTS,
  extrasOf,
  fromStored,
  toOptions,
} from './settings.js';
import { type StreamMeters, viewOf } from './view.js';

/** Events of {@link CameraRegistry}. */
export interface CameraRegistryEvents {
  /** The recorder has a camera from now on, and until `removed` ... */
  added: [camera: Camera, settings: CameraSettings];
  removed: [id: string];
  /** After `removed`: nothing more comes of it. */
  closed: [id: string];
  /** ... and this is about the list, or one of it. */
  changed: [id: string];
}

const MAX_CAMERAS = 1000;
const PROBE_MS = 5000;

export class CameraRegistry extends EventEmitter<CameraRegistryEvents> {
  readonly #store: ConfigStore;
  readonly #recorder: Recorder;
  readonly #rules: AddressRules;
  readonly #settings = new Map<string, CameraSettings>();
  readonly #cameras = new Map<string, Camera>();
  readonly #meters: StreamMeters;
  /** Changes of one camera come one after another. */
  readonly #work = new Map<string, Promise<unknown>>();

  constructor(parts: {
    store: ConfigStore;
    recorder: Recorder;
    rules: AddressRules;
    meters: StreamMeters;
  }) {
    super();
    // Every socket for live pictures listens.
    this.setMaxListeners(0);
    this.#store = parts.store;
    this.#recorder = parts.recorder;
    this.#rules = parts.rules;
    this.#meters = parts.meters;
  }

  /** Reads what is stored and begins to record it. `failed` hears of what cannot be. */
  load(failed: (id: string, error: unknown) => void): void {
    for (const stored of this.#store.cameras()) {
      const extras = this.#store.setting(settingOf(stored.id)) as CameraExtras | undefined;
      const settings = fromStored(stored, extras ?? { ...DEFAULTS, name: stored.id });
      this.#settings.set(stored.id, settings);
      try {
        if (settings.enabled) this.#connect(settings);
      } catch (error) {
        failed(stored.id, error);
      }
    }
  }

  get size(): number {
    return this.#settings.size;
  }

  has(id: string): boolean {
    return this.#settings.has(id);
  }

  /** Also of cameras that were removed. */
  hasFootage(id: string): boolean {
    return this.#recorder.index.count({ cameraId: id }) > 0;
  }

  ids(): string[] {
    return [...this.#settings.keys()];
  }

  /** The running camera; undefined where it is stopped. */
  camera(id: string): Camera | undefined {
    return this.#cameras.get(id);
  }

  name(id: string): string {
    return this.#settings.get(id)?.name ?? id;
  }

  /** With its password: for the server alone. `ERR_CAMERA_NOT_FOUND`. */
  settings(id: string): CameraSettings {
    const settings = this.#settings.get(id);
    if (!settings) throw cameraNotFound(id);
    return settings;
  }

  /** `ERR_CAMERA_NOT_FOUND`. */
  config(id: string): CameraConfig {
    return publicConfig(this.settings(id));
  }

  /** `ERR_CAMERA_NOT_FOUND`. */
  view(id: string, who: { may(permission: Permission, id?: string): boolean }): CameraView {
    return viewOf(this.settings(id), this.#cameras.get(id), this.#meters, who);
  }

  /** `ERR_CAMERA_EXISTS`, `ERR_ADDRESS_REFUSED`, `ERR_LIMIT`, and what the SDK refuses. */
  async add(request: NewCamera): Promise<CameraConfig> {
    if (this.size >= MAX_CAMERAS) {
      throw new FluxError('ERR_LIMIT', `There are ${MAX_CAMERAS} cameras. Remove one first.`);
    }
    const id = request.id ?? this.#freeId(request.name);
    if (this.has(id)) throw exists(id);
    const settings = await this.#checked(completed(id, request));
    return this.#inTurn(id, async () => {
      if (this.has(id)) throw exists(id);
      this.#save(settings);
      try {
        if (settings.enabled) this.#connect(settings);
      } catch (error) {
        this.#forget(id);
        throw error;
      }
      this.emit('changed', id);
      void this.#learnPtz(id);
      return publicConfig(settings);
    });
  }

  /** `ERR_CAMERA_NOT_FOUND`, `ERR_ADDRESS_REFUSED`, and what the SDK refuses; then nothing is changed. */
  async change(id: string, change: CameraChange): Promise<CameraConfig> {
    return this.#inTurn(id, async () => {
      const before = this.settings(id);
      const settings = await this.#checked(changed(before, change));
      const again = needsConnection(before, settings);
      this.#save(settings);
      if (again) await this.#disconnect(id);
      if (settings.enabled) this.#connect(settings);
      this.emit('changed', id);
      if (settings.onvifUrl !== before.onvifUrl) void this.#learnPtz(id);
      return publicConfig(settings);
    });
  }

  /** Starts or stops it, for good. `ERR_CAMERA_NOT_FOUND`. */
  async enable(id: string, enabled: boolean): Promise<void> {
    await this.change(id, { enabled });
  }

  /** Its footage stays. `ERR_CAMERA_NOT_FOUND`. */
  async remove(id: string): Promise<void> {
    await this.#inTurn(id, async () => {
      this.settings(id);
      await this.#disconnect(id);
      this.#forget(id);
      this.emit('changed', id);
    });
  }

  async #checked(settings: CameraSettings): Promise<CameraSettings> {
    const stream = streamAddress(settings.url, this.#rules);
    const username = settings.username ?? stream.username;
    const password = settings.password ?? stream.password;
    const sub =
      settings.subUrl === undefined ? undefined : streamAddress(settings.subUrl, this.#rules);
    const onvif =
      settings.onvifUrl === undefined ? undefined : onvifAddress(settings.onvifUrl, this.#rules);
    const addresses = [stream, sub, onvif].filter((address) => address !== undefined);
    // A name that is not known now may be later, when the camera is plugged in.
    await Promise.all(
      addresses.map(({ url }) =>
        resolvedHost(url, this.#rules).catch((error: unknown) => {
          if (!isFluxError(error, 'ERR_HOST_NOT_FOUND')) throw error;
        }),
      ),
    );
    return {
      ...settings,
      url: stream.url,
      ...(sub && { subUrl: sub.url }),
      ...(onvif && { onvifUrl: onvif.url }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      hasPassword: password !== undefined,
    };
  }

  #connect(settings: CameraSettings): void {
    if (this.#cameras.has(settings.id)) return;
    const camera = this.#recorder.addCamera({
      ...toOptions(settings),
      refusedAddresses: refusedAddresses(this.#rules),
    });
    this.#cameras.set(settings.id, camera);
    camera.on('state', () => this.emit('changed', settings.id));
    camera.on('parameters', () => this.emit('changed', settings.id));
    this.emit('added', camera, settings);
  }

  async #disconnect(id: string): Promise<void> {
    if (!this.#cameras.delete(id)) return;
    this.emit('removed', id);
    await this.#recorder.removeCamera(id);
    this.emit('closed', id);
  }

  #save(settings: CameraSettings): void {
    this.#store.setCamera(toOptions(settings));
    this.#store.setSetting(settingOf(settings.id), extrasOf(settings));
    this.#settings.set(settings.id, settings);
  }

  #forget(id: string): void {
    this.#settings.delete(id);
    this.#store.removeCamera(id);
    this.#store.removeSetting(settingOf(id));
  }

  /** Asks the camera whether it moves; until it answers it is taken to. */
  async #learnPtz(id: string): Promise<void> {
    const { onvifUrl, username, password } = this.settings(id);
    if (onvifUrl === undefined) return;
    try {
      const device = await OnvifDevice.connect({
        ...(await pinned(onvifUrl, this.#rules)),
        timeoutMs: PROBE_MS,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
      });
      const settings = this.#settings.get(id);
      if (!settings || settings.onvifUrl !== onvifUrl) return;
      this.#save({ ...settings, hasPtz: device.capabilities.ptz });
      this.emit('changed', id);
    } catch {
      // It says so itself when it is moved.
    }
  }

  #freeId(name: string): string {
    const plain = name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-');
    const base = plain.replace(/^-+|-+$/g, '').slice(0, 50) || 'camera';
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`;
      if (!this.has(id) && !this.hasFootage(id)) return id;
    }
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#work.get(id) ?? Promise.resolve()).then(work, work);
    const settled = done
      .catch(() => {})
      .finally(() => {
        if (this.#work.get(id) === settled) this.#work.delete(id);
      });
    this.#work.set(id, settled);
    return done;
  }
}

function settingOf(id: string): string {
  return `camera:${id}`;
}

function exists(id: string): FluxError {
  return new FluxError('ERR_CAMERA_EXISTS', `There is a camera '${id}' already. Use another id.`);
}

/** Names and motion do not; what the recorder was told does. */
function needsConnection(before: CameraSettings, after: CameraSettings): boolean {
  if (!after.enabled || !before.enabled) return true;
  return JSON.stringify(toOptions(before)) !== JSON.stringify(toOptions(after));
}

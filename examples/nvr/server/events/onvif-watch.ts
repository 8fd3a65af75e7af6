// Hears of each camera what it says over ONVIF: motion, tampering, its inputs. What goes on is recorded
// where the camera records events, and what is over goes into the index.
import { setTimeout as sleep } from 'node:timers/promises';
import { isFluxError, OnvifDevice, type Recorder } from '@fluxvision/core';
import {
  type AddressRules,
  type CameraRegistry,
  type CameraSettings,
  pinned,
} from '../cameras/index.js';
import type { Troubles } from '../system/index.js';
import type { EventLog } from './event-log.js';
import { type OnvifChange, OnvifStates } from './onvif-states.js';

const CONNECT_MS = 10_000;
const SETTLE_MS = 1000;
/** Cameras lock users out who try too often. */
const RETRY_MS = { min: 5000, max: 600_000 };

interface Watch {
  /** What is asked, with which login. */
  key: string;
  stop: AbortController;
  done: Promise<void>;
}

export class OnvifWatch {
  readonly #cameras: CameraRegistry;
  readonly #recorder: Recorder;
  readonly #log: EventLog;
  readonly #troubles: Troubles;
  readonly #rules: AddressRules;
  readonly #watched = new Map<string, Watch>();
  readonly #onCamera = (id: string) => this.#follow(id);
  readonly #onAdded = (_camera: unknown, { id }: CameraSettings) => this.#follow(id);

  constructor(parts: {
    cameras: CameraRegistry;
    recorder: Recorder;
    log: EventLog;
    troubles: Troubles;
    rules: AddressRules;
  }) {
    this.#cameras = parts.cameras;
    this.#recorder = parts.recorder;
    this.#log = parts.log;
    this.#troubles = parts.troubles;
    this.#rules = parts.rules;
    this.#cameras.on('added', this.#onAdded);
    this.#cameras.on('removed', this.#onCamera);
    this.#cameras.on('changed', this.#onCamera);
    for (const id of this.#cameras.ids()) this.#follow(id);
  }

  /** Ends what goes on, and leaves the cameras. Idempotent. */
  async close(): Promise<void> {
    this.#cameras.off('added', this.#onAdded);
    this.#cameras.off('removed', this.#onCamera);
    this.#cameras.off('changed', this.#onCamera);
    const watches = [...this.#watched.values()];
    this.#watched.clear();
    for (const { stop } of watches) stop.abort();
    await Promise.all(watches.map(({ done }) => done));
  }

  #follow(id: string): void {
    const key = this.#wanted(id);
    const before = this.#watched.get(id);
    if (before?.key === key) return;
    before?.stop.abort();
    this.#watched.delete(id);
    this.#troubles.clear(troubleOf(id));
    if (key === undefined) return;
    const stop = new AbortController();
    this.#watched.set(id, { key, stop, done: this.#watch(id, stop.signal, before?.done) });
  }

  /** Undefined where the camera is not to be heard. */
  #wanted(id: string): string | undefined {
    if (!this.#cameras.has(id) || !this.#cameras.camera(id)) return undefined;
    const { onvifUrl, onvifEvents, username, password } = this.#cameras.settings(id);
    if (onvifUrl === undefined || !onvifEvents) return undefined;
    return JSON.stringify([onvifUrl, username, password]);
  }

  /** Until the signal fires, or the camera has no events. Never rejects. */
  async #watch(id: string, signal: AbortSignal, before?: Promise<void>): Promise<void> {
    await before;
    for (let wait = RETRY_MS.min; !signal.aborted; wait = Math.min(wait * 2, RETRY_MS.max)) {
      try {
        await this.#hear(id, signal, () => {
          wait = RETRY_MS.min;
          this.#troubles.clear(troubleOf(id));
        });
      } catch (error) {
        if (signal.aborted || isFluxError(error, 'ERR_ONVIF_UNSUPPORTED')) return;
        this.#failed(id, error);
      }
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** One connection: it ends where the camera cannot be reached, so that its name is looked up again. */
  async #hear(id: string, signal: AbortSignal, onHeard: () => void): Promise<void> {
    const { onvifUrl, username, password } = this.#cameras.settings(id);
    const device = await OnvifDevice.connect({
      ...(await pinned(onvifUrl as string, this.#rules)),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      timeoutMs: CONNECT_MS,
      signal,
    });
    if (!device.capabilities.events) return;
    const lost = new AbortController();
    const states = new OnvifStates();
    const clock = setInterval(() => this.#pass(id, states), SETTLE_MS);
    onHeard();
    try {
      for await (const event of device.events({
        signal: AbortSignal.any([signal, lost.signal]),
        onRetry: () => lost.abort(),
      })) {
        this.#tell(id, states.take(event, Date.now()));
      }
    } finally {
      clearInterval(clock);
      this.#tell(id, states.endAll(Date.now()));
    }
  }

  #pass(id: string, states: OnvifStates): void {
    this.#tell(id, states.settle(Date.now()));
    if (states.isActive && this.#cameras.camera(id)) {
      this.#recorder.prolong(id, Date.now() + SETTLE_MS);
    }
  }

  #tell(id: string, changes: readonly OnvifChange[]): void {
    for (const { type, source, from, to } of changes) {
      const happening = { cameraId: id, type, from, data: { source } };
      try {
        if (to === undefined) this.#log.begin(happening);
        else this.#log.end({ ...happening, to });
      } catch (error) {
        this.#failed(id, error);
      }
    }
  }

  #failed(id: string, error: unknown): void {
    // Its connection tells already that it is away.
    if (isFluxError(error) && /^ERR_(ONVIF_UNREACHABLE|TIMEOUT)$/.test(error.code)) return;
    const { code, message } = isFluxError(error)
      ? error
      : { code: 'ERR_INTERNAL', message: String(error) };
    this.#troubles.raise(troubleOf(id), {
      ...{ code, severity: 'warning', cameraId: id },
      message: `The camera's own events are not heard: ${message}`,
    });
  }
}

function troubleOf(id: string): string {
  return `onvif:${id}`;
}

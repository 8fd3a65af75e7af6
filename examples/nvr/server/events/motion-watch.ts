// Watches for motion the cameras that ask for it, and records what it finds.
import { EventEmitter } from 'node:events';
import {
  type Camera,
  isFluxError,
  MotionDetector,
  type MotionEvent,
  type Recorder,
} from '@fluxvision/core';
import type { CameraRegistry, CameraSettings } from '../cameras/index.js';
import type { Troubles } from '../system/index.js';

/** Events of {@link MotionWatch}. */
export interface MotionWatchEvents {
  motion: [event: MotionEvent];
}

/** Which camera is watched, and how. A camera that was set up anew is another one. */
interface Watch {
  camera: Camera;
  motion: CameraSettings['motion'];
}

export class MotionWatch extends EventEmitter<MotionWatchEvents> {
  readonly #cameras: CameraRegistry;
  readonly #recorder: Recorder;
  readonly #troubles: Troubles;
  readonly #watched = new Map<string, Watch>();
  /** Made when the first camera asks for it. */
  #detector: Promise<MotionDetector> | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #onAdded = (_camera: Camera, { id }: CameraSettings) => this.#follow(id);
  readonly #onChanged = (id: string) => this.#follow(id);

  constructor(cameras: CameraRegistry, recorder: Recorder, troubles: Troubles) {
    super();
    this.#cameras = cameras;
    this.#recorder = recorder;
    this.#troubles = troubles;
    cameras.on('added', this.#onAdded);
    cameras.on('removed', this.#onChanged);
    cameras.on('changed', this.#onChanged);
    for (const id of cameras.ids()) this.#follow(id);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cameras.off('added', this.#onAdded);
    this.#cameras.off('removed', this.#onChanged);
    this.#cameras.off('changed', this.#onChanged);
    await this.#work;
    await (await this.#detector?.catch(() => undefined))?.close();
  }

  #follow(id: string): void {
    if (isSame(this.#wanted(id), this.#watched.get(id))) return;
    this.#work = this.#work.then(() => this.#apply(id)).catch((error) => this.#failed(id, error));
  }

  async #apply(id: string): Promise<void> {
    const wanted = this.#wanted(id);
    if (this.#closed || isSame(wanted, this.#watched.get(id))) return;
    if (this.#watched.delete(id)) await (await this.#detector)?.remove(id);
    if (!wanted) return;
    this.#watched.set(id, wanted);
    const detector = await this.#open();
    const { sensitivity, zones } = wanted.motion;
    detector.add(wanted.camera, {
      sensitivity,
      zones: zones.map(({ name, points }) => ({ name, polygon: points as [number, number][] })),
    });
    this.#troubles.clear(`motion:${id}`);
  }

  /** Undefined where the camera is not to be watched. */
  #wanted(id: string): Watch | undefined {
    const camera = this.#cameras.has(id) ? this.#cameras.camera(id) : undefined;
    if (!camera) return undefined;
    const { motion } = this.#cameras.settings(id);
    return motion.enabled ? { camera, motion } : undefined;
  }

  #open(): Promise<MotionDetector> {
    this.#detector ??= MotionDetector.open().then((detector) => {
      detector.recordInto(this.#recorder);
      detector.on('motion', (event) => this.emit('motion', event));
      detector.on('error', (error) => {
        // Motion of a camera that was taken away meanwhile.
        if (!isFluxError(error, 'ERR_CAMERA_NOT_FOUND')) this.#troubles.fail('motion', error);
      });
      return detector;
    });
    return this.#detector;
  }

  #failed(id: string, error: unknown): void {
    const { code, message } = isFluxError(error)
      ? error
      : { code: 'ERR_INTERNAL', message: String(error) };
    this.#troubles.raise(`motion:${id}`, {
      ...{ code, severity: 'warning', cameraId: id },
      message: `The camera is not watched for motion: ${message}`,
    });
  }
}

function isSame(a: Watch | undefined, b: Watch | undefined): boolean {
  return a?.camera === b?.camera && JSON.stringify(a?.motion) === JSON.stringify(b?.motion);
}

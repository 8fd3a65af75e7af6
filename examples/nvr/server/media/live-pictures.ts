// Pictures of now: each is made once for all who ask for it at the same time.
import { FluxError } from '@fluxvision/core';
import type { CameraRegistry } from '../cameras/index.js';
import { type Picture, pictureOf } from './picture.js';
import { Turns } from './turns.js';

/** Decoded at the same time: live view and motion go on beside it. */
const AT_ONCE = 2;
const MAX_WAITING = 64;
/** Cameras that save bits send a key frame every ten seconds or so. */
const MAX_AGE_MS = 15_000;
const TIMEOUT_MS = 4000;

export class LivePictures {
  readonly #cameras: CameraRegistry;
  readonly #turns = new Turns(AT_ONCE, MAX_WAITING);
  readonly #making = new Map<string, Promise<Picture>>();

  constructor(cameras: CameraRegistry) {
    this.#cameras = cameras;
  }

  /**
   * The newest key frame of the main stream, at most `width` pixels wide. Codes of {@link Camera.snapshot};
   * `ERR_STATE` where the camera is stopped, `ERR_CAMERA_NOT_FOUND`, and `ERR_BUSY` where too many wait.
   */
  async get(cameraId: string, width: number): Promise<Picture> {
    const { name } = this.#cameras.settings(cameraId);
    const camera = this.#cameras.camera(cameraId);
    if (!camera) throw new FluxError('ERR_STATE', `'${name}' is stopped. Start it first.`);
    const key = `${cameraId}/${width}`;
    const running = this.#making.get(key);
    if (running) return running;
    const options = { width, maxAgeMs: MAX_AGE_MS, timeoutMs: TIMEOUT_MS };
    const made = this.#turns
      .run(async () => pictureOf(await camera.snapshot(options)))
      .finally(() => this.#making.delete(key));
    this.#making.set(key, made);
    return made;
  }
}

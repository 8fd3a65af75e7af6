// What is wrong at present, in words that say what to do, for the health page and for each camera.
import { EventEmitter } from 'node:events';
import { statfsSync } from 'node:fs';
import type { FluxError, Recorder } from '@fluxvision/core';
import type { Trouble } from '../../protocol/index.js';
import { withoutCredentials } from '../logs.js';

/** Events of {@link Troubles}. */
export interface TroublesEvents {
  /** One came, went or changed. */
  changed: [];
  /** A camera that was in trouble sends pictures again. */
  recovered: [cameraId: string];
}

/** How often it is looked whether a camera that plays again sends pictures. */
const LOOK_MS = 500;

/** What is wrong with each camera's connection, and what mends it. */
const ADVICE: Record<string, string> = {
  ERR_RTSP_UNAUTHORIZED: 'Check user name and password of the camera.',
  ERR_RTSP_NOT_FOUND: 'Check the path of the stream in its address.',
  ERR_RTSP_STALLED: 'The camera sends no pictures. Restart it, and look at its network.',
  ERR_RTSP_NO_VIDEO: 'The address has no video. Choose another stream of the camera.',
  ERR_RTSP_UNSUPPORTED: 'Choose another transport for it: TCP works with nearly every camera.',
  ERR_TLS_CERTIFICATE: "Compare the fingerprint with that of the camera's certificate.",
  ERR_HOST_NOT_FOUND: "Check the camera's name, or use its number.",
  ERR_ADDRESS_REFUSED: "The camera's name leads where no camera is. Check the DNS server.",
  ERR_CONNECTION: 'Check power, cable and address of the camera.',
};

const STORAGE_ADVICE: Record<string, string> = {
  ERR_STORAGE_FULL: 'Lower the retention, or free room on the disk.',
  ERR_STORAGE_MISSING: 'Mount the disk of the recordings. Recording goes on by itself.',
  ERR_STORAGE_MISMATCH: 'Another disk is mounted there. Mount the right one.',
  ERR_STORAGE_LOCKED: 'Another recorder uses this storage. Stop it.',
  ERR_INDEX:
    'The list of recordings is not usable: another program may hold it. Stop that program.',
  ERR_CONFIG:
    'The settings database is not usable: another program may hold it, or the disk is full. Stop that program, or free room.',
  ERR_USERS:
    'The database of users is not usable: another program may hold it, or the disk is full. Stop that program, or free room.',
  ERR_SCHEMA_VERSION: 'A newer release wrote this storage. Update the server.',
  ERR_KEY_PASSPHRASE: 'The passphrase is not that of this storage. Give the right one.',
  ERR_LOCKED: 'Unlock the keys with the passphrase; nothing is recorded until then.',
};

export class Troubles extends EventEmitter<TroublesEvents> {
  readonly #troubles = new Map<string, Trouble>();
  readonly #blocked = new Set<string>();
  readonly #looks = new Map<string, NodeJS.Timeout>();

  /**
   * Oldest first, each once; `mayKnow` leaves out cameras. Who may not know of the server itself hears that
   * something fails in it, and nothing of what the message says: paths, hosts and names.
   */
  list(mayKnow: (cameraId: string | undefined) => boolean = () => true): Trouble[] {
    const told = new Map<string, Trouble>();
    for (const trouble of this.#troubles.values()) {
      const { code, cameraId, severity } = trouble;
      const key = `${code} ${cameraId ?? ''}`;
      if (told.has(key)) continue;
      if (mayKnow(cameraId)) told.set(key, trouble);
      else if (cameraId === undefined && severity === 'error') {
        told.set(key, { ...trouble, message: '' });
      }
    }
    return [...told.values()];
  }

  /** Frames of all cameras are not being recorded. */
  get recordingBlocked(): boolean {
    return this.#blocked.size > 0;
  }

  /** The trouble with a camera's connection. */
  ofCamera(id: string): Trouble | undefined {
    return this.#troubles.get(cameraKey(id));
  }

  /** Something is wrong from now on; `since` stays where it was already. False where it is known. */
  raise(key: string, trouble: Omit<Trouble, 'since'>): boolean {
    const before = this.#troubles.get(key);
    const same = before?.code === trouble.code && before.message === trouble.message;
    if (same) return false;
    const since = before?.code === trouble.code ? before.since : Date.now();
    this.#troubles.set(key, { ...trouble, since });
    this.emit('changed');
    return true;
  }

  clear(key: string): void {
    if (this.#troubles.delete(key)) this.emit('changed');
  }

  /** From a FluxError, with the advice for its code. */
  fail(
    key: string,
    { code, message }: Pick<FluxError, 'code' | 'message'>,
    cameraId?: string,
  ): void {
    const advice = cameraId === undefined ? STORAGE_ADVICE[code] : ADVICE[code];
    this.raise(key, {
      code,
      message: withoutCredentials(
        advice === undefined ? message : `${message.replace(/\.?$/, '.')} ${advice}`,
      ),
      severity: 'error',
      ...(cameraId !== undefined && { cameraId }),
    });
  }

  /** Of a camera that is stopped or gone. */
  forgetCamera(id: string): void {
    this.#stopLooking(id);
    this.clear(cameraKey(id));
    this.clear(`recording:${id}`);
  }

  /** Follows a recorder until it is closed. */
  watch(recorder: Recorder): void {
    recorder.on('camera', ({ cameraId, stream, state, error }) => {
      if (stream !== 'main') return;
      this.#stopLooking(cameraId);
      if (state === 'playing') this.#lookForPictures(recorder, cameraId);
      else if (error) this.fail(cameraKey(cameraId), error, cameraId);
    });
    this.#blocked.clear();
    recorder.on('recordingBlocked', ({ reason, error }) => {
      this.#blocked.add(reason);
      this.fail(`storage:${reason}`, error);
    });
    recorder.on('recordingResumed', ({ reason }) => {
      this.#blocked.delete(reason);
      this.clear(`storage:${reason}`);
    });
    let wantedBytes = 0;
    recorder.on('storageFull', (state) => {
      wantedBytes = state.wantedBytes;
      this.fail('storage:full', { code: 'ERR_STORAGE_FULL', message: state.message });
    });
    recorder.on('retention', ({ held }) => {
      if (held) this.fail('retention', held);
      else this.clear('retention');
    });
    recorder.on('segment', ({ cameraId }) => {
      this.clear(`recording:${cameraId}`);
      this.clear('index');
      if (wantedBytes === 0 || freeBytes(recorder.storage) < wantedBytes) return;
      wantedBytes = 0;
      this.clear('storage:full');
    });
    recorder.on('error', (error) => {
      // One index for all: it is no trouble of the camera whose footage came first.
      if (error.code === 'ERR_INDEX') this.fail('index', error);
      else if (error.cameraId !== undefined) {
        this.fail(`recording:${error.cameraId}`, error, error.cameraId);
      } else if (/^ERR_(STORAGE|IO)/.test(error.code)) {
        this.fail('index', error);
      }
    });
  }

  /** Some cameras answer to everything, and send nothing: what was wrong is wrong until pictures come. */
  #lookForPictures(recorder: Recorder, id: string): void {
    if (!this.ofCamera(id)) return;
    const count = () => recorder.cameras.find((one) => one.id === id)?.stats().accessUnits;
    const before = count() ?? 0;
    const look = setInterval(() => {
      if ((count() ?? 0) <= before) return;
      this.#stopLooking(id);
      this.clear(cameraKey(id));
      this.emit('recovered', id);
    }, LOOK_MS).unref();
    this.#looks.set(id, look);
  }

  #stopLooking(id: string): void {
    clearInterval(this.#looks.get(id));
    this.#looks.delete(id);
  }
}

function cameraKey(id: string): string {
  return `camera:${id}`;
}

/** 0 where the disk is gone. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

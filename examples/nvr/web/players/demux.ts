// Which binary message belongs to which camera: by the stream number that `stream` announced.
import {
  type InitMessage,
  type PictureHeader,
  readInit,
  readPictureHeader,
} from '../../protocol/picture.js';

export type Routed =
  | { cameraId: string; header: PictureHeader; init: InitMessage }
  | { cameraId: string; header: PictureHeader; init?: undefined };

export class StreamDirectory {
  private readonly cameras = new Map<number, string>();
  private readonly streams = new Map<string, number>();

  /** From now on pictures of the camera come with this number, and those of its last one are late. */
  announce(cameraId: string, stream: number): void {
    this.forget(cameraId);
    this.cameras.set(stream, cameraId);
    this.streams.set(cameraId, stream);
  }

  forget(cameraId: string): void {
    const stream = this.streams.get(cameraId);
    if (stream === undefined) return;
    this.streams.delete(cameraId);
    this.cameras.delete(stream);
  }

  clear(): void {
    this.cameras.clear();
    this.streams.clear();
  }

  /** Undefined for what is nobody's: late, cut, or of a protocol that is not known here. */
  route(message: Uint8Array): Routed | undefined {
    const header = readPictureHeader(message);
    const cameraId = header && this.cameras.get(header.stream);
    if (!header || cameraId === undefined) return undefined;
    if (header.kind === 'fragment') return { cameraId, header };
    const init = readInit(message);
    return init && { cameraId, header, init };
  }
}

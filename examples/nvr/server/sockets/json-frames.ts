// Messages `frame` (vms-v2-plan 8.4) of the binary ones, for clients that asked for JSON: Annex B in Base64.
import { toAnnexB } from '@fluxvision/core';
import type { Static } from 'typebox';
import {
  type Frame,
  type Quality,
  readInit,
  readPictureHeader,
  type StreamStarted,
} from '../../protocol/index.js';

interface KnownStream {
  cameraId: string;
  quality: Quality;
  codec: string;
  decoderConfiguration?: Buffer;
}

export class JsonFrames {
  readonly #streams = new Map<number, KnownStream>();

  /** Before its pictures come. */
  begin({ stream, cameraId, quality, codec }: Static<typeof StreamStarted>): void {
    for (const [number, known] of this.#streams) {
      if (known.cameraId === cameraId) this.#streams.delete(number);
    }
    this.#streams.set(stream, { cameraId, quality, codec });
  }

  end(cameraId: string): void {
    for (const [number, known] of this.#streams) {
      if (known.cameraId === cameraId) this.#streams.delete(number);
    }
  }

  /** Undefined for what is no picture: what a decoder has to know goes in front of key frames. */
  of(message: Buffer): Static<typeof Frame> | undefined {
    const header = readPictureHeader(message);
    const known = header && this.#streams.get(header.stream);
    if (!header || !known || header.audio) return undefined;
    if (header.kind === 'init') {
      const init = readInit(message);
      if (init)
        Object.assign(known, {
          codec: init.codec,
          decoderConfiguration: bytesOf(init.configuration),
        });
      return undefined;
    }
    const { codec, decoderConfiguration } = known;
    const data = toAnnexB({
      ...{ codec, data: message.subarray(header.payloadOffset), keyFrame: header.key },
      ...(decoderConfiguration && { decoderConfiguration }),
    });
    return {
      type: 'frame',
      cameraId: known.cameraId,
      timestamp: Math.round(header.time / 1000),
      format: /^(hvc1|hev1)/.test(codec) ? 'h265' : 'h264',
      keyframe: header.key,
      quality: known.quality,
      data: data.toString('base64'),
    };
  }
}

function bytesOf(part: Uint8Array): Buffer {
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}

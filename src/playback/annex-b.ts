// Encoded frames as a byte stream of ITU-T H.264 and H.265 Annex B, as ffmpeg and decoders read it.
import { FluxError } from '../errors.js';

const START_CODE = Buffer.from([0, 0, 0, 1]);

/** What {@link toAnnexB} needs of a frame; {@link PlaybackFrame} and {@link EncodedFrame} have it. */
export interface LengthPrefixedFrame {
  codec: string;
  data: Buffer;
  keyFrame: boolean;
  decoderConfiguration?: Buffer;
}

/**
 * The frame with start codes, and the parameter sets in front of key frames that do not bring them.
 * Frames of other codecs than H.264 and H.265 come back as they are. `ERR_CONTAINER` where its
 * lengths are wrong.
 */
export function toAnnexB(frame: LengthPrefixedFrame): Buffer {
  const codec = nalCodec(frame.codec);
  if (!codec) return frame.data;
  const nals = splitLengths(frame.data);
  const bringsSets = nals.some((nal) => isSequenceSet(codec, nal));
  const sets =
    frame.keyFrame && frame.decoderConfiguration && !bringsSets
      ? parameterSets(codec, frame.decoderConfiguration)
      : [];
  return Buffer.concat([...sets, ...nals].flatMap((nal) => [START_CODE, nal]));
}

function nalCodec(codec: string): 'h264' | 'h265' | undefined {
  if (/^avc[13]/.test(codec)) return 'h264';
  return /^(hvc1|hev1)/.test(codec) ? 'h265' : undefined;
}

function isSequenceSet(codec: 'h264' | 'h265', nal: Buffer): boolean {
  const [first = 0] = nal;
  return codec === 'h264' ? (first & 0x1f) === 7 : ((first >> 1) & 0x3f) === 33;
}

function splitLengths(data: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  const reader = new Reader(data);
  while (reader.left > 0) nals.push(reader.bytes(reader.number(4)));
  return nals;
}

/** ISO/IEC 14496-15 §5.3.3.1 (avcC) and §8.3.3.1 (hvcC). */
function parameterSets(codec: 'h264' | 'h265', configuration: Buffer): Buffer[] {
  const sets: Buffer[] = [];
  const reader = new Reader(configuration);
  const readSets = (count: number) => {
    for (let i = 0; i < count; i++) sets.push(reader.bytes(reader.number(2)));
  };
  if (codec === 'h264') {
    reader.bytes(5);
    readSets(reader.number(1) & 0x1f);
    readSets(reader.number(1));
    return sets;
  }
  reader.bytes(22);
  for (let arrays = reader.number(1); arrays > 0; arrays--) {
    reader.bytes(1);
    readSets(reader.number(2));
  }
  return sets;
}

class Reader {
  #offset = 0;

  constructor(private readonly data: Buffer) {}

  get left(): number {
    return this.data.length - this.#offset;
  }

  number(size: 1 | 2 | 4): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  bytes(length: number): Buffer {
    if (length > this.left) {
      const message = `The frame claims ${length} bytes where ${this.left} are left: it was altered.`;
      throw new FluxError('ERR_CONTAINER', message);
    }
    this.#offset += length;
    return this.data.subarray(this.#offset - length, this.#offset);
  }
}

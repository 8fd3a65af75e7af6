// Binary messages: one picture, or what a decoder has to know before the first. All viewers of a
// stream get the same bytes, made once. Big-endian. No dependency: the browser reads it, too.

/** Bytes of the header. */
export const HEADER_BYTES = 32;
export const VERSION = 1;

/** Of byte 1. */
export const KIND = { init: 1, fragment: 2 } as const;
/** Of byte 2. */
export const FLAG = {
  /** Decoding can begin here. */
  key: 1,
  /** Pictures are missing before it. */
  afterGap: 2,
  /** Playback: decode it, do not show it; it leads to the picture that was sought. */
  preroll: 4,
  /** Sound: `data` is an audio frame, in a fragment of the stream's second track. */
  audio: 8,
} as const;

/**
 * offset  bytes
 *      0      1  version, 1
 *      1      1  kind: 1 init, 2 fragment
 *      2      1  flags
 *      3      1  epoch, modulo 256: how many seeks there were (playback); 0 in live view
 *      4      4  stream number, from the message `stream`
 *      8      8  init: 0. Fragment: UTC microseconds of the picture (live: when it came)
 *     16      8  decode time in the stream's media time, microseconds (tfdt has the same in its unit)
 *     24      4  init: offset of the initialization segment. Fragment: offset of the picture's units
 *     28      4  fragment: presentation minus decode time, in microseconds, signed
 *     32         init: u16 length and codec string (RFC 6381, UTF-8), u16 width, u16 height, u32 length
 *                and decoder configuration (avcC, hvcC), then ftyp and moov.
 *                Fragment: moof and mdat (one ISO BMFF fragment), whose payload is the picture: NAL
 *                units, each behind its length in 4 bytes, as VideoDecoder takes them with that
 *                decoder configuration.
 * A camera of JPEG pictures has the codec `mjpeg`, an init without configuration and segment, and
 * fragments that are the JPEG alone, without moof and mdat, at offset 32.
 */
export interface PictureHeader {
  kind: 'init' | 'fragment';
  key: boolean;
  afterGap: boolean;
  preroll: boolean;
  audio: boolean;
  epoch: number;
  stream: number;
  /** UTC microseconds. */
  time: number;
  /** Microseconds. */
  decodeTime: number;
  /** Microseconds to add to `decodeTime` for the presentation time. */
  compositionOffset: number;
  /** Where the initialization segment, or the picture's units begin. */
  payloadOffset: number;
}

export interface InitMessage {
  stream: number;
  codec: string;
  width: number;
  height: number;
  /** avcC or hvcC. */
  configuration: Uint8Array;
  /** ftyp and moov. */
  segment: Uint8Array;
}

/** Undefined for what is no such message: another version, or cut. */
export function readPictureHeader(message: Uint8Array): PictureHeader | undefined {
  if (message.byteLength < HEADER_BYTES || message[0] !== VERSION) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const kind = view.getUint8(1);
  if (kind !== KIND.init && kind !== KIND.fragment) return undefined;
  const flags = view.getUint8(2);
  const payloadOffset = view.getUint32(24);
  if (payloadOffset < HEADER_BYTES || payloadOffset > message.byteLength) return undefined;
  return {
    kind: kind === KIND.init ? 'init' : 'fragment',
    key: (flags & FLAG.key) !== 0,
    afterGap: (flags & FLAG.afterGap) !== 0,
    preroll: (flags & FLAG.preroll) !== 0,
    audio: (flags & FLAG.audio) !== 0,
    epoch: view.getUint8(3),
    stream: view.getUint32(4),
    time: Number(view.getBigInt64(8)),
    decodeTime: Number(view.getBigInt64(16)),
    compositionOffset: view.getInt32(28),
    payloadOffset,
  };
}

/** Of a message whose header says `init`; undefined where it is cut. */
export function readInit(message: Uint8Array): InitMessage | undefined {
  const header = readPictureHeader(message);
  if (header?.kind !== 'init') return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const codecEnd = HEADER_BYTES + 2 + (message.byteLength >= 34 ? view.getUint16(HEADER_BYTES) : 0);
  if (codecEnd + 8 > header.payloadOffset) return undefined;
  const configurationBytes = view.getUint32(codecEnd + 4);
  const configurationEnd = codecEnd + 8 + configurationBytes;
  if (configurationEnd > header.payloadOffset) return undefined;
  return {
    stream: header.stream,
    codec: new TextDecoder().decode(message.subarray(HEADER_BYTES + 2, codecEnd)),
    width: view.getUint16(codecEnd),
    height: view.getUint16(codecEnd + 2),
    configuration: message.subarray(codecEnd + 8, configurationEnd),
    segment: message.subarray(header.payloadOffset),
  };
}

// Which stream of a camera serves a viewer of a quality: one of the camera's own as it is, or one
// that is encoded.
import type { StreamName } from '../camera/index.js';
import type { EncoderQuality } from '../encode/index.js';
import type { LiveCodec, LiveQuality } from './options.js';

/** What one group of viewers gets. Equal keys are one stream. */
export interface StreamChoice {
  key: string;
  /** The camera's stream, or the one whose connection tells how an encoded one stands. */
  stream: StreamName;
  keyFramesOnly: boolean;
  /** Absent: as it is. */
  encode?: { quality: EncoderQuality; frameRate: number | undefined };
  /** The camera's best stream for the quality is none that the viewer can show. */
  reason?: 'unsupported_codec';
}

export interface Wish {
  quality: LiveQuality;
  fps: number | undefined;
  codecs: ReadonlySet<LiveCodec>;
}

/** What is known of a stream of a camera. */
export interface StreamFacts {
  codec: string;
  width: number;
  /** As declared; 0 where it is not. */
  frameRate: number;
  /** Key frames a second; undefined before they were counted. */
  keyFrameRate?: number | undefined;
}

/** A camera as a choice needs it. */
export interface Choosable {
  readonly hasSubStream: boolean;
  readonly transcode: 'never' | 'auto';
  /** Undefined before it first played. */
  facts(stream: StreamName): StreamFacts | undefined;
}

/** Can the viewer show it? MJPEG needs no decoder of video. */
export function isShown(codec: string, codecs: ReadonlySet<LiveCodec>): boolean {
  if (codec.startsWith('avc')) return codecs.has('h264');
  if (codec.startsWith('hvc') || codec.startsWith('hev')) return codecs.has('h265');
  return codec === 'mjpeg';
}

/** Undefined where no stream of the camera can be shown. What is not known yet is tried. */
export function chooseStream(camera: Choosable, wish: Wish): StreamChoice | undefined {
  const [first, second] = candidates(camera, wish.quality);
  const shown = (stream: StreamName) => {
    const facts = camera.facts(stream);
    return facts === undefined || isShown(facts.codec, wish.codecs);
  };
  const best = shown(first);
  if (camera.transcode === 'auto' && (!best || !fits(camera, first, wish))) {
    return encoded(first, wish, best);
  }
  if (best) return asItIs(camera, first, wish);
  if (second === undefined || !shown(second)) return undefined;
  return { ...asItIs(camera, second, wish), reason: 'unsupported_codec' };
}

function candidates(camera: Choosable, quality: LiveQuality): [StreamName, StreamName?] {
  if (!camera.hasSubStream) return ['main'];
  return isLarge(quality) ? ['main', 'sub'] : ['sub', 'main'];
}

/** Does the quality count as full screen (ClientQuota)? */
export function isLarge(quality: LiveQuality): boolean {
  return quality === 'FULLSCREEN' || quality === 'FOCUSED';
}

/** Is a stream of the camera what the quality asks for, as far as one knows? */
function fits(camera: Choosable, stream: StreamName, wish: Wish): boolean {
  const facts = camera.facts(stream);
  if (wish.quality === 'PAUSED' || facts === undefined) return true;
  if (wish.fps !== undefined && facts.frameRate > wish.fps * 1.1) return false;
  // A camera without a sub stream has its main stream for small tiles, too.
  return isLarge(wish.quality) || stream === 'sub' || facts.width <= 1280;
}

function asItIs(camera: Choosable, stream: StreamName, { quality, fps }: Wish): StreamChoice {
  const rate = camera.facts(stream)?.keyFrameRate;
  const few = fps !== undefined && rate !== undefined && fps <= rate * 1.05;
  const keyFramesOnly = quality === 'PAUSED' || few;
  return { key: keyFramesOnly ? `${stream}:keys` : stream, stream, keyFramesOnly };
}

function encoded(stream: StreamName, { quality, fps }: Wish, best: boolean): StreamChoice {
  const paused = quality === 'PAUSED';
  const frameRate = paused ? 1 : fps;
  const size = paused ? 'THUMBNAIL' : quality;
  return {
    key: `encoded:${size}:${frameRate ?? ''}`,
    stream,
    keyFramesOnly: false,
    encode: { quality: size, frameRate },
    ...(!best && { reason: 'unsupported_codec' as const }),
  };
}

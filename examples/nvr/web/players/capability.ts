// Asks the browser what it can decode; once for the page.
import type { ClientCodec } from '../../protocol/messages.js';
import { type Capabilities, codecsOf, limited } from './choice.js';

/** Streams as cameras have them: 1080p, H.264 High and H.265 Main. */
const PROBES: Record<ClientCodec, string> = { h264: 'avc1.640028', h265: 'hvc1.1.6.L120.B0' };
const FAMILIES: readonly ClientCodec[] = ['h264', 'h265'];

/** In localStorage: `mse` or `snapshot` has all tiles shown so, on machines whose decoder misbehaves. */
const PLAYER_KEY = 'fluxvision.player';

interface MediaSourceClass {
  new (): MediaSource;
  isTypeSupported(type: string): boolean;
}

/** iPhones have ManagedMediaSource alone. */
export function mediaSourceClass(): MediaSourceClass | undefined {
  const scope = globalThis as { ManagedMediaSource?: MediaSourceClass };
  return scope.ManagedMediaSource ?? globalThis.MediaSource;
}

let answer: Promise<Capabilities> | undefined;

export function capabilities(): Promise<Capabilities> {
  answer ??= probe();
  return answer;
}

async function probe(): Promise<Capabilities> {
  const webcodecs: ClientCodec[] = [];
  const mse: ClientCodec[] = [];
  for (const family of FAMILIES) {
    if (await webcodecsCan(family)) webcodecs.push(family);
    if (await mseCan(family)) mse.push(family);
  }
  const chosen = limited({ webcodecs, mse }, localStorage.getItem(PLAYER_KEY));
  return { ...chosen, codecs: codecsOf(chosen.webcodecs, chosen.mse), secure: isSecureContext };
}

async function webcodecsCan(family: ClientCodec): Promise<boolean> {
  if (typeof VideoDecoder === 'undefined') return false;
  try {
    return (await VideoDecoder.isConfigSupported({ codec: PROBES[family] })).supported === true;
  } catch {
    return false;
  }
}

async function mseCan(family: ClientCodec): Promise<boolean> {
  const contentType = `video/mp4; codecs="${PROBES[family]}"`;
  if (!mediaSourceClass()?.isTypeSupported(contentType)) return false;
  if (!navigator.mediaCapabilities) return true;
  try {
    const info = await navigator.mediaCapabilities.decodingInfo({
      type: 'media-source',
      video: { contentType, width: 1920, height: 1080, bitrate: 4_000_000, framerate: 25 },
    });
    return info.supported;
  } catch {
    return true;
  }
}

// Which player shows which stream in this browser. Never by its name: by what it says it can.
import type { ClientCodec } from '../../protocol/messages.js';

export type PlayerKind = 'webcodecs' | 'mse' | 'snapshot' | 'mjpeg';

/** What was found out, once. */
export interface Capabilities {
  /** VideoDecoder is there: in secure contexts alone. */
  webcodecs: readonly ClientCodec[];
  /** MediaSource or ManagedMediaSource. */
  mse: readonly ClientCodec[];
  /** All that can be shown somehow; the server is told. */
  codecs: readonly ClientCodec[];
  secure: boolean;
}

/** `h264` of `avc1.64001f`; undefined for what no player here decodes. */
export function codecFamily(codec: string): ClientCodec | 'mjpeg' | undefined {
  const name = codec.toLowerCase();
  if (name.startsWith('avc1') || name.startsWith('avc3')) return 'h264';
  if (name.startsWith('hvc1') || name.startsWith('hev1')) return 'h265';
  if (name === 'mjpeg' || name.startsWith('mp4v.6c')) return 'mjpeg';
  return undefined;
}

/** In the order in which they are tried: the first has the least delay, the last always works. */
export function playersFor(codec: string, can: Capabilities): PlayerKind[] {
  const family = codecFamily(codec);
  if (family === 'mjpeg') return ['mjpeg', 'snapshot'];
  const players: PlayerKind[] = [];
  if (family && can.webcodecs.includes(family)) players.push('webcodecs');
  if (family && can.mse.includes(family)) players.push('mse');
  return [...players, 'snapshot'];
}

/** The codecs to offer. H.264 is offered in any case: all else fails without it. */
export function codecsOf(
  webcodecs: readonly ClientCodec[],
  mse: readonly ClientCodec[],
): ClientCodec[] {
  const h265 = webcodecs.includes('h265') || mse.includes('h265');
  return h265 ? ['h264', 'h265'] : ['h264'];
}

/** What is left when one way to play was chosen; any other choice leaves all. */
export function limited(
  can: Pick<Capabilities, 'webcodecs' | 'mse'>,
  chosen: string | null,
): Pick<Capabilities, 'webcodecs' | 'mse'> {
  if (chosen === 'mse') return { webcodecs: [], mse: can.mse };
  if (chosen === 'snapshot') return { webcodecs: [], mse: [] };
  return can;
}

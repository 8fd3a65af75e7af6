// Media profiles, from Media (ver10) and Media2 (ver20) alike, and the choice of two among them.
import { all, clean, find, numberAt, textAt, type XmlElement } from './xml.js';

/** A media profile: one stream as the camera is set up to send it. */
export interface OnvifProfile {
  token: string;
  name: string;
  /** Token of the sensor or input. */
  videoSource: string | undefined;
  video:
    | {
        /** `H264`, `H265`, `JPEG`, `MPEG4` or what else the camera names. */
        codec: string;
        width: number;
        height: number;
        /** The limit that is set, frames per second; undefined where the camera does not say. */
        frameRate: number | undefined;
        /** The limit that is set, kbit/s. */
        bitrateKbps: number | undefined;
      }
    | undefined;
  audio:
    | {
        /** `G711`, `AAC`, `MP4A-LATM`, `PCMU` and so on, as the camera names it. */
        codec: string;
        /** kbit/s. */
        bitrateKbps: number | undefined;
        /** Hz. */
        sampleRate: number | undefined;
      }
    | undefined;
  /** It can pan, tilt or zoom. */
  ptz: boolean;
}

/** More than the largest encoders have. */
const MAX_PROFILES = 512;

/** Profiles of a GetProfilesResponse, of either service. */
export function readProfiles(answer: XmlElement): OnvifProfile[] {
  return all(answer, 'Profiles')
    .slice(0, MAX_PROFILES)
    .map(readProfile)
    .filter((profile) => profile.token !== '');
}

function readProfile(profile: XmlElement): OnvifProfile {
  // Media2 gathers in <Configurations> what Media has beside the name, under shorter names.
  const second = find(profile, 'Configurations');
  const part = (media2: string, media: string) => find(second, media2) ?? find(profile, media);
  const encoder = part('VideoEncoder', 'VideoEncoderConfiguration');
  const audio = part('AudioEncoder', 'AudioEncoderConfiguration');
  const source = textAt(part('VideoSource', 'VideoSourceConfiguration'), 'SourceToken');
  return {
    token: clean(profile.attributes.get('token') ?? ''),
    name: textAt(profile, 'Name'),
    videoSource: source === '' ? undefined : source,
    video: encoder && {
      codec: codecName(textAt(encoder, 'Encoding')),
      width: numberAt(encoder, 'Resolution', 'Width') ?? 0,
      height: numberAt(encoder, 'Resolution', 'Height') ?? 0,
      frameRate: numberAt(encoder, 'RateControl', 'FrameRateLimit'),
      bitrateKbps: numberAt(encoder, 'RateControl', 'BitrateLimit'),
    },
    audio: audio && {
      codec: codecName(textAt(audio, 'Encoding')),
      bitrateKbps: numberAt(audio, 'Bitrate'),
      sampleRate: hertz(numberAt(audio, 'SampleRate')),
    },
    ptz: part('PTZ', 'PTZConfiguration') !== undefined,
  };
}

function codecName(encoding: string): string {
  const name = encoding.toUpperCase();
  return name === 'HEVC' ? 'H265' : name;
}

/** ONVIF has kHz; some cameras answer in Hz. */
function hertz(rate: number | undefined): number | undefined {
  if (rate === undefined) return undefined;
  return rate < 1000 ? rate * 1000 : rate;
}

/** Codecs that can be recorded. */
const RECORDABLE: readonly string[] = ['H264', 'H265'];
/** The sub stream is for grids and analysis: not more than this, where the camera has the choice. */
const SUB_PIXELS = 1280 * 720;

/** A profile to record and one, smaller, to look at many of. */
export interface StreamChoice {
  main: OnvifProfile;
  /** Undefined where no profile is smaller. */
  sub: OnvifProfile | undefined;
}

/**
 * The largest profile of a video source, and of the smaller ones the largest up to 1280x720, else the
 * smallest. Undefined where no profile has H.264 or H.265.
 */
export function chooseStreams(
  profiles: readonly OnvifProfile[],
  videoSource?: string,
): StreamChoice | undefined {
  const usable = profiles.filter((each) => RECORDABLE.includes(each.video?.codec ?? ''));
  const source = videoSource ?? usable[0]?.videoSource;
  const bySize = usable
    .filter((each) => each.videoSource === source)
    // A stable sort: of equals the camera's first.
    .sort((a, b) => pixels(b) - pixels(a));
  const main = bySize[0];
  if (!main) return undefined;
  const smaller = bySize.filter((each) => pixels(each) < pixels(main));
  return { main, sub: smaller.find((each) => pixels(each) <= SUB_PIXELS) ?? smaller.at(-1) };
}

function pixels(profile: OnvifProfile): number {
  return (profile.video?.width ?? 0) * (profile.video?.height ?? 0);
}

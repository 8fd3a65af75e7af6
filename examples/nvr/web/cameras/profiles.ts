// Which of a device's ONVIF profiles become main and sub stream, without asking.
import type { OnvifProbeResult } from '../../protocol/index.js';

export type Profile = OnvifProbeResult['profiles'][number];

export interface ChosenProfiles {
  main?: Profile;
  sub?: Profile;
}

/** A sub stream is for grids: about so many pixels a picture. */
const GRID_PIXELS = 640 * 360;

/**
 * Main: the largest that can be recorded (H.264 or H.265 before anything else). Sub: smaller, H.264
 * where there is one because every browser shows it, and nearest to the size of a grid's tile.
 */
export function chooseProfiles(profiles: readonly Profile[]): ChosenProfiles {
  const distinct = profiles.filter(
    (profile, i) => profiles.findIndex(({ url }) => url === profile.url) === i,
  );
  const [main] = distinct.toSorted(
    (a, b) => rank(b) - rank(a) || pixels(b) - pixels(a) || rate(b) - rate(a),
  );
  if (!main) return {};
  const [sub] = distinct
    .filter((profile) => profile !== main && rank(profile) > 0 && pixels(profile) < pixels(main))
    .toSorted((a, b) => subRank(b) - subRank(a) || distance(a) - distance(b));
  return sub ? { main, sub } : { main };
}

const codecOf = ({ codec }: Profile) => (codec ?? '').toUpperCase().replaceAll('.', '');
const isH264 = (profile: Profile) => /H264|AVC/.test(codecOf(profile));
const isH265 = (profile: Profile) => /H265|HEVC|HVC|HEV/.test(codecOf(profile));
const rank = (profile: Profile) => {
  if (isH264(profile) || isH265(profile)) return 2;
  return codecOf(profile) === '' ? 1 : 0;
};
const subRank = (profile: Profile) => (isH264(profile) ? 2 : isH265(profile) ? 1 : 0);
const pixels = ({ width = 0, height = 0 }: Profile) => width * height;
const rate = ({ frameRate = 0 }: Profile) => frameRate;
const distance = (profile: Profile) => Math.abs(Math.log((pixels(profile) || 1) / GRID_PIXELS));

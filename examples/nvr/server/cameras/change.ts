// New and changed settings of a camera, and what of them the interface may read.
import type { CameraChange, CameraConfig, NewCamera } from '../../protocol/index.js';
import { withoutCredentials } from '../logs.js';
import { type CameraSettings, DEFAULTS } from './settings.js';

/** What was left out is as {@link DEFAULTS} has it. */
export function completed(id: string, request: NewCamera): CameraSettings {
  const { password, ...rest } = request;
  return {
    ...DEFAULTS,
    ...rest,
    id,
    ...(password && { password }),
    hasPassword: Boolean(password),
  };
}

/** Texts that a camera can be without: an empty one removes them. */
const REMOVABLE = ['group', 'username', 'subUrl', 'onvifUrl', 'fingerprint', 'password'] as const;

/**
 * What is absent stays as it is. An address that is the one that {@link publicConfig} showed is no
 * change.
 */
export function changed(before: CameraSettings, change: CameraChange): CameraSettings {
  const shown = publicConfig(before);
  const given = Object.fromEntries(
    Object.entries(change).filter(
      ([name, value]) =>
        value !== undefined &&
        !(name.toLowerCase().endsWith('url') && value === shown[name as 'url']),
    ),
  ) as CameraChange;
  const settings: CameraSettings = { ...before, ...given };
  for (const name of REMOVABLE) {
    if (settings[name] === '') delete settings[name];
  }
  if (given.onvifUrl !== undefined) delete settings.hasPtz;
  return { ...settings, hasPassword: settings.password !== undefined };
}

/** Without secrets: passwords stay here, also those that an address has in its query. */
export function publicConfig({ password: _, hasPtz: __, ...config }: CameraSettings): CameraConfig {
  return {
    ...config,
    url: hidden(config.url),
    ...(config.subUrl !== undefined && { subUrl: hidden(config.subUrl) }),
    ...(config.onvifUrl !== undefined && { onvifUrl: hidden(config.onvifUrl) }),
  };
}

function hidden(url: string): string {
  return withoutCredentials(url).replace(
    /([?&][^=&#\s]*(?:user|usr|pass|pwd|auth|token|key|secret)[^=&#\s]*=)[^&#\s]*/gi,
    '$1***',
  );
}

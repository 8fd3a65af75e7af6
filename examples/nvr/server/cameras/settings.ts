// A camera as the interface sets it up, and as the SDK takes it; and back.
import type {
  RecordedCameraOptions,
  RecordingMode,
  RecordingPlan,
  Weekday,
} from '@fluxvision/core';
import type { CameraConfig, RecordingSettings } from '../../protocol/index.js';

/** What the SDK keeps nothing of. */
export type CameraExtras = Pick<
  CameraConfig,
  'name' | 'group' | 'enabled' | 'recording' | 'motion' | 'onvifEvents' | 'retention'
> & {
  /** Asked of the camera when its ONVIF address was set; undefined: not known yet. */
  hasPtz?: boolean;
};

/** Everything about a camera, its password included. */
export type CameraSettings = CameraConfig & { password?: string; hasPtz?: boolean };

const WEEKDAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MODES: Record<string, RecordingMode> = {
  continuous: 'continuous',
  events: 'event',
  off: 'off',
};

/** What a new camera has where nothing is said. */
export const DEFAULTS: Omit<CameraConfig, 'id' | 'name' | 'url' | 'hasPassword'> = {
  transport: 'tcp',
  audio: true,
  enabled: true,
  recording: { mode: 'continuous', subStream: false, preRollSeconds: 5, postRollSeconds: 10 },
  motion: { enabled: false, sensitivity: 50, zones: [] },
  onvifEvents: true,
  retention: {},
};

/** As {@link Recorder.addCamera} takes it. */
export function toOptions(settings: CameraSettings): RecordedCameraOptions {
  const { id, url, username, password, subUrl, transport, audio, onvifUrl, fingerprint } = settings;
  return {
    ...{ id, url, transport, audio },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(subUrl !== undefined && { sub: { url: subUrl } }),
    ...(onvifUrl !== undefined && { onvif: { url: onvifUrl } }),
    ...(fingerprint !== undefined && { tls: { fingerprint } }),
    recording: planOf(settings.recording, subUrl !== undefined),
  };
}

/** The part of the settings that {@link toOptions} does not carry. */
export function extrasOf(settings: CameraSettings): CameraExtras {
  const { name, group, enabled, recording, motion, onvifEvents, retention, hasPtz } = settings;
  return {
    ...{ name, enabled, recording, motion, onvifEvents, retention },
    ...(group !== undefined && { group }),
    ...(hasPtz !== undefined && { hasPtz }),
  };
}

/** Of what was stored. */
export function fromStored(
  { id, url, username, password, sub, transport, audio, onvif, tls }: RecordedCameraOptions,
  extras: CameraExtras,
): CameraSettings {
  return {
    ...{ id, url, transport: transport ?? DEFAULTS.transport, audio: audio ?? DEFAULTS.audio },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(sub && { subUrl: sub.url }),
    ...(onvif && { onvifUrl: onvif.url }),
    ...(tls?.fingerprint !== undefined && { fingerprint: tls.fingerprint }),
    ...extras,
    // What earlier releases stored lacks it.
    onvifEvents: extras.onvifEvents ?? DEFAULTS.onvifEvents,
    hasPassword: password !== undefined,
  };
}

function planOf(recording: RecordingSettings, hasSub: boolean): RecordingPlan {
  const { mode, schedule = [], subStream, preRollSeconds, postRollSeconds } = recording;
  const entries = schedule.map(({ days, from, to, mode: during }) => ({
    ...{ from, to, days: days.map((day) => WEEKDAYS[day] as Weekday) },
    mode: MODES[during] as RecordingMode,
  }));
  return {
    streams: subStream && hasSub ? ['main', 'sub'] : ['main'],
    preRoll: preRollSeconds,
    postRoll: postRollSeconds,
    ...(mode === 'schedule' ? { schedule: { entries } } : { mode: MODES[mode] as RecordingMode }),
  };
}

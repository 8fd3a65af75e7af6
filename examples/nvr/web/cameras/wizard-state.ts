// What the page that adds cameras knows of each one while it is found out: pure, so that it is tested.
import type {
  CameraTestResult,
  DiscoveredCamera,
  NewCamera,
  OnvifProbe,
  OnvifProbeResult,
} from '../../protocol/index.js';
import { EMPTY_FORM, newCameraOf, splitCredentials } from './camera-form.js';
import { chooseProfiles, type Profile } from './profiles.js';

export interface Draft {
  /** Its ONVIF address, or the stream address that was typed. */
  key: string;
  name: string;
  onvifUrl: string;
  url: string;
  subUrl: string;
  username: string;
  password: string;
  hasPtz: boolean;
  profiles: readonly Profile[];
  step:
    | 'login'
    /** Its profiles are asked for, or it is connected for a picture. */
    | 'asking'
    | 'testing'
    | 'ready'
    | 'failed'
    | 'saving'
    | 'saved';
  test?: CameraTestResult;
  /** Of the request that failed. */
  error?: unknown;
}

export interface Login {
  username: string;
  password: string;
}

export function draftOfDevice({ name, hardware, onvifUrl, address }: DiscoveredCamera): Draft {
  return { ...draft(onvifUrl, name || hardware || address), onvifUrl };
}

/** Of a stream, or of a device that is asked for its streams. Credentials in it go into the login. */
export function draftOfUrl(typed: string): Draft {
  const { url, username = '', password = '' } = splitCredentials(typed);
  const [, host = url] = /^[^/]*\/\/([^/?#:]+)/.exec(url) ?? [];
  const isDevice = /^https?:\/\/[^?#]*\/onvif\//i.test(url);
  // A device tells what it is called.
  const one = isDevice ? { ...draft(url, ''), onvifUrl: url } : { ...draft(url, host), url };
  return { ...one, username, password };
}

export function withLogin(one: Draft, { username, password }: Login): Draft {
  return { ...one, username, password };
}

/** Its profiles are known: main and sub stream are chosen, and can be changed. */
export function withProfiles(one: Draft, probe: OnvifProbeResult): Draft {
  const { main, sub } = chooseProfiles(probe.profiles);
  const model = [probe.manufacturer, probe.model].filter(Boolean).join(' ');
  return {
    ...one,
    name: one.name || model,
    profiles: probe.profiles,
    hasPtz: probe.hasPtz,
    url: main?.url ?? '',
    subUrl: sub?.url ?? '',
  };
}

export function withTest(one: Draft, test: CameraTestResult): Draft {
  return { ...one, test, step: test.ok ? 'ready' : 'failed' };
}

export function withFailure(one: Draft, error: unknown): Draft {
  return { ...one, error, step: 'failed' };
}

/** A new attempt forgets how the last one went. */
export function atStep(one: Draft, step: Draft['step']): Draft {
  const { error: _, test: __, ...rest } = one;
  return step === 'saving' && one.test ? { ...rest, test: one.test, step } : { ...rest, step };
}

export function probeOf({ onvifUrl, username, password }: Draft): OnvifProbe {
  return { onvifUrl, ...(username && { username }), ...(password && { password }) };
}

export function newCameraOfDraft(one: Draft): NewCamera {
  const { name, url, subUrl, username, password, onvifUrl } = one;
  return newCameraOf({ ...EMPTY_FORM, name, url, subUrl, username, password, onvifUrl });
}

/** Those that can be added now. */
export function ready(drafts: readonly Draft[]): Draft[] {
  return drafts.filter(
    ({ step, name, url }) => step === 'ready' && name.trim() !== '' && url !== '',
  );
}

/** In the place of the one with the same key, or at the end. */
export function put(drafts: readonly Draft[], changed: Draft): Draft[] {
  const at = drafts.findIndex(({ key }) => key === changed.key);
  return at < 0 ? [...drafts, changed] : drafts.with(at, changed);
}

function draft(key: string, name: string): Draft {
  return {
    ...{ key, name, onvifUrl: '', url: '', subUrl: '', username: '', password: '' },
    ...{ hasPtz: false, profiles: [], step: 'login' },
  };
}

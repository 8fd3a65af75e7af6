// The edit form of a camera: what its fields hold, what is wrong with them, and what the server is told.
import type {
  CameraChange,
  CameraConfig,
  MotionSettings,
  NewCamera,
} from '../../protocol/index.js';
import { entriesOf, FULL_WEEK, MAX_ENTRIES, type WeekPlan, weekOf } from './schedule.js';

export interface CameraForm {
  name: string;
  group: string;
  url: string;
  subUrl: string;
  username: string;
  /** Never comes from the server. */
  password: string;
  removePassword: boolean;
  transport: CameraConfig['transport'];
  onvifUrl: string;
  fingerprint: string;
  onvifEvents: boolean;
  audio: boolean;
  mode: CameraConfig['recording']['mode'];
  week: WeekPlan;
  recordSub: boolean;
  preRollSeconds: string;
  postRollSeconds: string;
  motion: MotionSettings;
  /** Empty: as long as there is room. */
  maxDays: string;
  /** In gigabytes; empty: no limit. */
  maxGigabytes: string;
}

/** Keys of the texts in `i18n/<language>/cameras`, by field. */
export type FormErrors = Partial<Record<keyof CameraForm, string>>;

/** Fields that may be empty. */
const OPTIONAL_TEXTS = ['group', 'subUrl', 'username', 'onvifUrl', 'fingerprint'] as const;

export const GIGABYTE = 1_000_000_000;

export const EMPTY_FORM: CameraForm = {
  name: '',
  group: '',
  url: '',
  subUrl: '',
  username: '',
  password: '',
  removePassword: false,
  transport: 'tcp',
  onvifUrl: '',
  onvifEvents: true,
  fingerprint: '',
  audio: true,
  mode: 'continuous',
  week: FULL_WEEK,
  recordSub: false,
  preRollSeconds: '5',
  postRollSeconds: '10',
  motion: { enabled: false, sensitivity: 50, zones: [] },
  maxDays: '',
  maxGigabytes: '',
};

export function formOf(config: CameraConfig): CameraForm {
  const { recording, retention } = config;
  return {
    name: config.name,
    group: config.group ?? '',
    url: config.url,
    subUrl: config.subUrl ?? '',
    username: config.username ?? '',
    password: '',
    removePassword: false,
    transport: config.transport,
    onvifUrl: config.onvifUrl ?? '',
    fingerprint: config.fingerprint ?? '',
    onvifEvents: config.onvifEvents,
    audio: config.audio,
    mode: recording.mode,
    week: recording.schedule ? weekOf(recording.schedule) : FULL_WEEK,
    recordSub: recording.subStream,
    preRollSeconds: String(recording.preRollSeconds),
    postRollSeconds: String(recording.postRollSeconds),
    motion: config.motion,
    maxDays: retention.maxDays === undefined ? '' : String(retention.maxDays),
    maxGigabytes: retention.maxBytes === undefined ? '' : String(retention.maxBytes / GIGABYTE),
  };
}

export function checkForm(form: CameraForm): FormErrors {
  const errors: FormErrors = {};
  if (form.name.trim() === '') errors.name = 'errors.nameMissing';
  else if (form.name.trim().length > 100) errors.name = 'errors.nameLong';
  errors.url = checkStreamUrl(form.url);
  if (form.subUrl.trim() !== '') errors.subUrl = checkStreamUrl(form.subUrl);
  if (form.onvifUrl.trim() !== '' && !/^https?:\/\/[^\s/]+/i.test(form.onvifUrl.trim())) {
    errors.onvifUrl = 'errors.onvifUrl';
  }
  if (form.fingerprint.trim() !== '' && !isFingerprint(form.fingerprint.trim())) {
    errors.fingerprint = 'errors.fingerprint';
  }
  errors.preRollSeconds = checkNumber(form.preRollSeconds, 0, 60);
  errors.postRollSeconds = checkNumber(form.postRollSeconds, 0, 600);
  if (form.mode === 'schedule') {
    const count = entriesOf(form.week).length;
    if (count === 0) errors.week = 'errors.scheduleEmpty';
    else if (count > MAX_ENTRIES) errors.week = 'errors.scheduleLong';
  }
  if (form.maxDays !== '') errors.maxDays = checkNumber(form.maxDays, 0.01, 36_500);
  if (form.maxGigabytes !== '') {
    errors.maxGigabytes = checkNumber(form.maxGigabytes, 0.001, 9_000_000);
  }
  return Object.fromEntries(Object.entries(errors).filter(([, error]) => error !== undefined));
}

/**
 * The key of what is wrong with a stream's address. Only schemes that the server takes; credentials
 * have fields of their own, because an address is shown and logged and a password is not.
 */
export function checkStreamUrl(text: string): string | undefined {
  const url = text.trim();
  if (url === '') return 'errors.urlMissing';
  if (url.length > 2048) return 'errors.urlLong';
  const match = /^([a-z][a-z+]*):\/\/([^\s/?#]+)[^\s]*$/i.exec(url);
  if (!match) return 'errors.url';
  const [, scheme = '', authority = ''] = match;
  if (!SCHEMES.has(scheme.toLowerCase())) return 'errors.urlScheme';
  if (authority.includes('@')) return 'errors.urlCredentials';
  return undefined;
}

const SCHEMES = new Set([
  ...['rtsp', 'rtsps', 'rtsp+http', 'rtsp+https', 'http', 'https'],
  ...['rtmp', 'rtmps', 'srt'],
]);

/** An address without the user name and password in it, and these two. */
export function splitCredentials(text: string): {
  url: string;
  username?: string;
  password?: string;
} {
  const match = /^([a-z][a-z+]*:\/\/)([^\s/?#]*)@(.*)$/i.exec(text.trim());
  if (!match) return { url: text.trim() };
  const [, scheme = '', credentials = '', rest = ''] = match;
  const colon = credentials.indexOf(':');
  const username = decoded(colon < 0 ? credentials : credentials.slice(0, colon));
  const password = colon < 0 ? undefined : decoded(credentials.slice(colon + 1));
  return { url: scheme + rest, username, ...(password && { password }) };
}

/**
 * What to send with PUT: a password only where one was typed, or `''` to remove it; `''` also for each
 * text that was there and was taken out of its field.
 */
export function changeOf(form: CameraForm, before: CameraConfig): CameraChange {
  const emptied = OPTIONAL_TEXTS.filter(
    (field) => before[field] !== undefined && form[field].trim() === '',
  );
  return {
    ...settingsOf(form),
    ...Object.fromEntries(emptied.map((field) => [field, ''])),
    ...(form.removePassword && { password: '' }),
    ...(!form.removePassword && form.password !== '' && { password: form.password }),
  };
}

/** What to send with POST. */
export function newCameraOf(form: CameraForm): NewCamera {
  const { name, url, ...settings } = settingsOf(form);
  return { name, url, ...settings, ...(form.password !== '' && { password: form.password }) };
}

function settingsOf(form: CameraForm) {
  const texts = OPTIONAL_TEXTS.map((field) => [field, form[field].trim()] as const);
  const optional: Partial<Record<(typeof OPTIONAL_TEXTS)[number], string>> = Object.fromEntries(
    texts.filter(([, text]) => text !== ''),
  );
  return {
    name: form.name.trim(),
    url: form.url.trim(),
    ...optional,
    transport: form.transport,
    onvifEvents: form.onvifEvents,
    audio: form.audio,
    recording: {
      mode: form.mode,
      ...(form.mode === 'schedule' && { schedule: entriesOf(form.week) }),
      subStream: form.recordSub,
      preRollSeconds: Number(form.preRollSeconds),
      postRollSeconds: Number(form.postRollSeconds),
    },
    motion: form.motion,
    retention: {
      ...(form.maxDays !== '' && { maxDays: Number(form.maxDays) }),
      ...(form.maxGigabytes !== '' && {
        maxBytes: Math.round(Number(form.maxGigabytes) * GIGABYTE),
      }),
    },
  };
}

function checkNumber(text: string, from: number, to: number): string | undefined {
  const value = Number(text);
  return text.trim() !== '' && value >= from && value <= to ? undefined : 'errors.number';
}

function isFingerprint(text: string): boolean {
  return /^[\da-f]{64}$/i.test(text.replaceAll(':', ''));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Cameras: what everybody may know of them, how they are set up, and how they are moved.
import { type Static, Type } from 'typebox';
import { CameraId, FederatedCameraId, Moment, Quality, StreamName, Trouble } from './values.js';

export const CameraStream = Type.Object({
  state: Type.Union([
    Type.Literal('idle'),
    Type.Literal('connecting'),
    Type.Literal('playing'),
    Type.Literal('waiting'),
    Type.Literal('closed'),
  ]),
  /** RFC 6381; absent until it first plays. */
  codec: Type.Optional(Type.String()),
  width: Type.Optional(Type.Integer()),
  height: Type.Optional(Type.Integer()),
  /** As measured over the last seconds. */
  frameRate: Type.Optional(Type.Number()),
  bitsPerSecond: Type.Optional(Type.Number()),
});
export type CameraStream = Static<typeof CameraStream>;

/**
 * GET /api/cameras, /api/cameras/{id}: what a user who may see the camera may know. No secrets.
 * GET /api/cameras/{id}/snapshot?width: the picture of now as JPEG, for who may see it live. Where the
 * camera sends nothing it is the last that was recorded, unless `live=true` is asked for; the header
 * `x-picture-source` tells which (`live`, `recorded`), `x-picture-time` of when it is.
 */
export const CameraView = Type.Object({
  id: FederatedCameraId,
  name: Type.String(),
  group: Type.Optional(Type.String()),
  enabled: Type.Boolean(),
  /** `LIVE`: pictures come. `CONNECTING`, `OFFLINE`: `trouble` says why. `STOPPED`: by an operator. */
  status: Type.Union([
    Type.Literal('LIVE'),
    Type.Literal('CONNECTING'),
    Type.Literal('OFFLINE'),
    Type.Literal('STOPPED'),
  ]),
  recording: Type.Boolean(),
  main: CameraStream,
  sub: Type.Optional(CameraStream),
  hasPtz: Type.Boolean(),
  trouble: Type.Optional(Trouble),
  /** The server that it is at, where it is another one; what is told of it was so at `asOf`. */
  node: Type.Optional(
    Type.Object({ id: Type.String(), label: Type.String(), asOf: Type.Optional(Moment) }),
  ),
  /** What the one who asks may do with it. */
  may: Type.Object({
    live: Type.Boolean(),
    archive: Type.Boolean(),
    export: Type.Boolean(),
    ptz: Type.Boolean(),
    manage: Type.Boolean(),
  }),
});
export type CameraView = Static<typeof CameraView>;

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Url = Type.String({ minLength: 1, maxLength: 2048 });

/** When a camera is recorded; as `RecordedCameraOptions` of the SDK has it. */
export const RecordingSettings = Type.Object({
  mode: Type.Union([
    Type.Literal('continuous'),
    Type.Literal('events'),
    Type.Literal('schedule'),
    Type.Literal('off'),
  ]),
  /** With `schedule`: local hours; outside of them nothing is recorded. */
  schedule: Type.Optional(
    Type.Array(
      Type.Object({
        days: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), {
          minItems: 1,
          description: '0: Sunday',
        }),
        from: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }),
        to: Type.String({ pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$' }),
        mode: Type.Union([Type.Literal('continuous'), Type.Literal('events')]),
      }),
      { maxItems: 64 },
    ),
  ),
  subStream: Type.Boolean(),
  preRollSeconds: Type.Number({ minimum: 0, maximum: 60 }),
  postRollSeconds: Type.Number({ minimum: 0, maximum: 600 }),
});
export type RecordingSettings = Static<typeof RecordingSettings>;

export const MotionSettings = Type.Object({
  enabled: Type.Boolean(),
  /** 0 to 100. */
  sensitivity: Type.Integer({ minimum: 0, maximum: 100 }),
  /** Polygons, corners from 0 to 1 of width and height; none: the whole picture. */
  zones: Type.Array(
    Type.Object({
      name: Text(64),
      points: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { minItems: 3, maxItems: 32 }),
    }),
    { maxItems: 16 },
  ),
});
export type MotionSettings = Static<typeof MotionSettings>;

const settings = {
  name: Text(100),
  group: Type.Optional(Text(100)),
  /** rtsp(s), http(s) and what else the SDK knows; never file or a program. No credentials in it. */
  url: Url,
  username: Type.Optional(Text(256)),
  subUrl: Type.Optional(Url),
  transport: Type.Union([Type.Literal('tcp'), Type.Literal('udp'), Type.Literal('auto')]),
  onvifUrl: Type.Optional(Url),
  audio: Type.Boolean(),
  /** SHA-256 of the camera's certificate, for rtsps. */
  fingerprint: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f:]{64,95}$' })),
  enabled: Type.Boolean(),
  recording: RecordingSettings,
  motion: MotionSettings,
  /** Motion, tampering and inputs of which the camera itself tells by ONVIF go into the list of events. */
  onvifEvents: Type.Boolean(),
  retention: Type.Object({
    maxDays: Type.Optional(Type.Number({ minimum: 0.01, maximum: 36_500 })),
    maxBytes: Type.Optional(Type.Integer({ minimum: 1_000_000 })),
  }),
};

/** GET /api/cameras/{id}/config (ADMIN). The password never leaves the server. */
export const CameraConfig = Type.Object({
  id: CameraId,
  ...settings,
  hasPassword: Type.Boolean(),
});
export type CameraConfig = Static<typeof CameraConfig>;

/** POST /api/cameras (`id` optional: made from the name). */
export const NewCamera = Type.Intersect([
  Type.Partial(Type.Object({ id: CameraId, ...settings, password: Text(256) })),
  Type.Object({ name: settings.name, url: settings.url }),
]);
export type NewCamera = Static<typeof NewCamera>;

/**
 * PUT /api/cameras/{id}. Absent members stay as they are; `''` removes the password, and each of the
 * texts that a camera can be without.
 */
export const CameraChange = Type.Partial(
  Type.Object({
    ...settings,
    group: Type.String({ maxLength: 100 }),
    username: Type.String({ maxLength: 256 }),
    subUrl: Type.String({ maxLength: 2048 }),
    onvifUrl: Type.String({ maxLength: 2048 }),
    fingerprint: Type.String({ pattern: '^([0-9A-Fa-f:]{64,95})?$' }),
    password: Type.String({ maxLength: 256 }),
  }),
);
export type CameraChange = Static<typeof CameraChange>;

/** POST /api/cameras/discover */
export const DiscoveredCamera = Type.Object({
  name: Type.String(),
  hardware: Type.Optional(Type.String()),
  onvifUrl: Type.String(),
  address: Type.String(),
  /** One of ours already. */
  cameraId: Type.Optional(CameraId),
});
export type DiscoveredCamera = Static<typeof DiscoveredCamera>;

/** POST /api/cameras/onvif: asks a device for its streams. */
export const OnvifProbe = Type.Object({
  onvifUrl: Url,
  username: Type.Optional(Text(256)),
  password: Type.Optional(Text(256)),
});
export type OnvifProbe = Static<typeof OnvifProbe>;
export const OnvifProbeResult = Type.Object({
  manufacturer: Type.String(),
  model: Type.String(),
  hasPtz: Type.Boolean(),
  profiles: Type.Array(
    Type.Object({
      name: Type.String(),
      url: Type.String(),
      codec: Type.Optional(Type.String()),
      width: Type.Optional(Type.Integer()),
      height: Type.Optional(Type.Integer()),
      frameRate: Type.Optional(Type.Number()),
    }),
  ),
});
export type OnvifProbeResult = Static<typeof OnvifProbeResult>;

/** POST /api/cameras/test: connects for a moment, records nothing. */
export const CameraTest = Type.Object({
  /** A camera of ours whose password is used where none is given. */
  id: Type.Optional(CameraId),
  url: Url,
  username: Type.Optional(Text(256)),
  password: Type.Optional(Text(256)),
  transport: Type.Optional(settings.transport),
});
export type CameraTest = Static<typeof CameraTest>;
export const CameraTestResult = Type.Object({
  ok: Type.Boolean(),
  stream: Type.Optional(CameraStream),
  /** A JPEG in Base64. */
  picture: Type.Optional(Type.String()),
  trouble: Type.Optional(Trouble),
});
export type CameraTestResult = Static<typeof CameraTestResult>;

/** POST /api/cameras/{id}/ptz, and the message `ptz`. Velocities and positions from -1 to 1. */
export const PtzCommand = Type.Object({
  action: Type.Union([
    Type.Literal('move'),
    Type.Literal('stop'),
    Type.Literal('relative'),
    Type.Literal('absolute'),
    Type.Literal('home'),
    Type.Literal('goto-preset'),
    Type.Literal('set-preset'),
    Type.Literal('remove-preset'),
  ]),
  /** vms-v2-plan has degrees and factors here; values beyond 1 mean full speed. */
  pan: Type.Optional(Type.Number({ minimum: -360, maximum: 360 })),
  tilt: Type.Optional(Type.Number({ minimum: -360, maximum: 360 })),
  zoom: Type.Optional(Type.Number({ minimum: -100, maximum: 100 })),
  /** `move` ends by itself after so many milliseconds; default 1000, repeat it to go on. */
  durationMs: Type.Optional(Type.Integer({ minimum: 50, maximum: 10_000 })),
  preset: Type.Optional(Text(64)),
});
export type PtzCommand = Static<typeof PtzCommand>;
/** GET /api/cameras/{id}/ptz/presets */
export const PtzPreset = Type.Object({ token: Type.String(), name: Type.String() });
export type PtzPreset = Static<typeof PtzPreset>;

/** GET /api/events; the message `event` carries one. */
export const NvrEvent = Type.Object({
  id: Type.String(),
  cameraId: FederatedCameraId,
  /**
   * `motion`, `bookmark`, `camera_offline`; of the camera itself `onvif:motion`, `onvif:tamper`,
   * `onvif:digital_input`; what a trigger from outside is called.
   */
  event: Type.String(),
  start: Moment,
  /** Absent while it goes on. */
  end: Type.Optional(Moment),
  score: Type.Optional(Type.Number()),
  metadata: Type.Optional(Type.Unknown()),
  hasFootage: Type.Boolean(),
});
export type NvrEvent = Static<typeof NvrEvent>;
/** POST /api/events: a bookmark, or a trigger from outside, which records a camera of mode `events`. */
export const NewEvent = Type.Object({
  cameraId: CameraId,
  event: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' }),
  start: Type.Optional(Moment),
  end: Type.Optional(Moment),
  note: Type.Optional(Type.String({ maxLength: 1000 })),
});
export type NewEvent = Static<typeof NewEvent>;

/** GET /api/layouts: the own ones and the shared; PUT and DELETE /api/layouts/{id}, `id` made by the client. */
export const GridTile = Type.Object({
  cameraId: Type.Optional(FederatedCameraId),
  /** Cells: column, row, and how many it spans. */
  x: Type.Integer({ minimum: 0, maximum: 7 }),
  y: Type.Integer({ minimum: 0, maximum: 7 }),
  width: Type.Integer({ minimum: 1, maximum: 8 }),
  height: Type.Integer({ minimum: 1, maximum: 8 }),
});
export type GridTile = Static<typeof GridTile>;
export const GridLayout = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  name: Text(100),
  columns: Type.Integer({ minimum: 1, maximum: 8 }),
  rows: Type.Integer({ minimum: 1, maximum: 8 }),
  tiles: Type.Array(GridTile, { maxItems: 64 }),
  /** Everybody sees it, as far as they see its cameras; only an ADMIN may set that. */
  shared: Type.Boolean(),
});
export type GridLayout = Static<typeof GridLayout>;

export { Quality, StreamName };

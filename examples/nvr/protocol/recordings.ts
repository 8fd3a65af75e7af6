// Footage: what there is, thumbnails of it, and exports.
import { type Static, Type } from 'typebox';
import { CameraId, FederatedCameraId, Moment, NodeAnswer, StreamName } from './values.js';

/** GET /api/recordings: one segment. Its id is opaque: `/api/recordings/{id}/download`. */
export const Recording = Type.Object({
  id: Type.String(),
  cameraId: CameraId,
  stream: StreamName,
  start: Moment,
  end: Moment,
  bytes: Type.Integer(),
  frames: Type.Integer(),
  codec: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  trigger: Type.Optional(Type.String()),
});
export type Recording = Static<typeof Recording>;

/** GET /api/timeline?cameras=a,b&start&end&resolution */
export const TimelineRow = Type.Object({
  cameraId: FederatedCameraId,
  /** Without holes of `resolution` milliseconds or more. */
  runs: Type.Array(Type.Object({ start: Moment, end: Moment })),
  gaps: Type.Array(Type.Object({ start: Moment, end: Moment, reason: Type.String() })),
  /** Motion and other events, merged at the same resolution. */
  events: Type.Array(
    Type.Object({ start: Moment, end: Moment, event: Type.String(), count: Type.Integer() }),
  ),
});
export type TimelineRow = Static<typeof TimelineRow>;
export const Timeline = Type.Object({
  start: Moment,
  end: Moment,
  resolution: Type.Integer({ description: 'milliseconds' }),
  cameras: Type.Array(TimelineRow),
  /** Where other servers were asked, too: cameras of those that did not answer are missing. */
  nodes: Type.Optional(Type.Array(NodeAnswer)),
});
export type Timeline = Static<typeof Timeline>;

/** GET /api/recordings/days?camera: for calendars. */
export const RecordedDay = Type.Object({
  cameraId: FederatedCameraId,
  /** UTC, `YYYY-MM-DD`. */
  day: Type.String(),
  durationMs: Type.Integer(),
  bytes: Type.Integer(),
});
export type RecordedDay = Static<typeof RecordedDay>;

/** POST /api/recordings/export */
export const ExportRequest = Type.Object({
  /** All of one server. */
  cameras: Type.Array(FederatedCameraId, { minItems: 1, maxItems: 64, uniqueItems: true }),
  start: Moment,
  end: Moment,
  /** `sealed`: encrypted, for another FluxVision; needs `passphrase`. */
  format: Type.Optional(
    Type.Union([Type.Literal('mp4'), Type.Literal('mkv'), Type.Literal('sealed')]),
  ),
  stream: Type.Optional(StreamName),
  audio: Type.Optional(Type.Boolean()),
  /** Goes into the manifest and the audit log. */
  reason: Type.Optional(Type.String({ maxLength: 1000 })),
  passphrase: Type.Optional(Type.String({ minLength: 12, maxLength: 256 })),
  /** The user of another server that asks with its key: goes into the manifest and the audit log, too. */
  onBehalfOf: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
export type ExportRequest = Static<typeof ExportRequest>;

/** GET /api/exports, /api/exports/{id}; DELETE ends a running one, or removes its files. */
export const ExportJob = Type.Object({
  id: Type.String(),
  state: Type.Union([
    Type.Literal('queued'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
  ]),
  cameras: Type.Array(FederatedCameraId),
  start: Moment,
  end: Moment,
  format: Type.String(),
  username: Type.String(),
  createdAt: Moment,
  /** It is deleted then. */
  expiresAt: Type.Optional(Moment),
  /** As it was asked for. */
  reason: Type.Optional(Type.String()),
  /** Of the recordings that it is made of: about as large as its files. */
  sourceBytes: Type.Optional(Type.Integer()),
  /** 0 to 1. */
  progress: Type.Number(),
  /** Milliseconds, about; while it runs, and that can be told. */
  remainingMs: Type.Optional(Type.Integer()),
  /** What is worked on: a camera. */
  label: Type.Optional(Type.String()),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** What one that is done holds of each camera. */
  footage: Type.Optional(
    Type.Array(
      Type.Object({
        cameraId: FederatedCameraId,
        /** Milliseconds between `start` and `end`; 0: nothing was recorded then. */
        durationMs: Type.Integer(),
        /** Holes of a second or more between `start` and `end`; the manifest has them all. */
        gaps: Type.Integer(),
        /** Stretches that were recorded and fit not into the clip; the manifest says why. */
        leftOut: Type.Integer(),
      }),
    ),
  ),
  /**
   * GET /api/exports/{id}/files/{name}, with ranges; `name` is one of these. All of them, in the folders
   * that the manifest expects them in: GET /api/exports/{id}/archive (tar).
   */
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      bytes: Type.Integer(),
      sha256: Type.Optional(Type.String()),
    }),
  ),
});
export type ExportJob = Static<typeof ExportJob>;

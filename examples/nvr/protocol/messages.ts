// What passes over /ws/live, /ws/playback and /ws/events as JSON. Pictures are binary: picture.ts.
import { type Static, Type } from 'typebox';
import { NvrEvent, PtzCommand } from './cameras.js';
import { CameraId, FederatedCameraId, Moment, PublicKey, Quality, ServerId } from './values.js';

/** Codecs that a client says it can show; the server never sends another. */
export const ClientCodec = Type.Union([Type.Literal('h264'), Type.Literal('h265')]);
export type ClientCodec = Static<typeof ClientCodec>;

/** Clients that are no browsers may authenticate each message instead of the connection. */
const token = { sessionToken: Type.Optional(Type.String({ maxLength: 8192 })) };

/** Sealed pictures (ARIA-256-GCM). The first message of a connection asks for them. */
const sealing = {
  /** Binary pictures alone. With the session's key, as agreed at login; or with one of the connection: */
  sealed: Type.Optional(Type.Boolean()),
  /** A fresh one, once per connection: {@link Sealed} answers it before the first picture comes. */
  clientPublicKey: Type.Optional(PublicKey),
};

// ---- client to server, /ws/live and /ws/events

export const Hello = Type.Object({
  type: Type.Literal('hello'),
  ...token,
  /** Default `binary`. `json`: messages `frame` with Base64. */
  frames: Type.Optional(Type.Union([Type.Literal('binary'), Type.Literal('json')])),
  /** Default: h264 alone. */
  codecs: Type.Optional(Type.Array(ClientCodec, { maxItems: 4 })),
  ...sealing,
});
/**
 * From pages of another server that has this one as a node: what lets them in, in place of a session.
 * The first message of a connection, and again with newer ones before their leases end.
 */
export const Tickets = Type.Object({
  type: Type.Literal('tickets'),
  tickets: Type.Array(Type.String({ minLength: 40, maxLength: 100 }), {
    minItems: 1,
    maxItems: 256,
  }),
});
export const Subscribe = Type.Object({
  type: Type.Literal('subscribe'),
  ...token,
  /** Adds cameras, or changes their quality. */
  cameras: Type.Array(
    Type.Object({
      id: CameraId,
      quality: Type.Optional(Quality),
      fps: Type.Optional(Type.Number({ minimum: 0.1, maximum: 240 })),
    }),
    { minItems: 1, maxItems: 256 },
  ),
});
export const Unsubscribe = Type.Object({
  type: Type.Literal('unsubscribe'),
  ...token,
  cameras: Type.Array(CameraId, { minItems: 1, maxItems: 256 }),
});
export const Ptz = Type.Intersect([
  Type.Object({ type: Type.Literal('ptz'), ...token, cameraId: CameraId }),
  PtzCommand,
]);
export const Ping = Type.Object({ type: Type.Literal('ping'), ...token });
export const LiveRequest = Type.Union([Tickets, Hello, Subscribe, Unsubscribe, Ptz, Ping]);
export type LiveRequest = Static<typeof LiveRequest>;

// ---- client to server, /ws/playback: one playback per connection

export const PlaybackOpen = Type.Object({
  type: Type.Literal('open'),
  ...token,
  cameras: Type.Array(CameraId, { minItems: 1, maxItems: 64, uniqueItems: true }),
  stream: Type.Optional(Type.Union([Type.Literal('main'), Type.Literal('sub')])),
  position: Moment,
  /** 0.5 to 16, -1 to -16. */
  speed: Type.Optional(Type.Number()),
  playing: Type.Optional(Type.Boolean()),
  codecs: Type.Optional(Type.Array(ClientCodec, { maxItems: 4 })),
  ...sealing,
});
export const PlaybackControl = Type.Union([
  Type.Object({ type: Type.Literal('play'), ...token }),
  Type.Object({ type: Type.Literal('pause'), ...token }),
  Type.Object({ type: Type.Literal('seek'), ...token, position: Moment }),
  Type.Object({ type: Type.Literal('speed'), ...token, speed: Type.Number() }),
  Type.Object({
    type: Type.Literal('step'),
    ...token,
    direction: Type.Union([Type.Literal(1), Type.Literal(-1)]),
  }),
  /**
   * How much the player has shown: the server sends at most 2 s of footage, or 4 MiB, ahead of it.
   * `through`: so many pictures were taken. Fragments of a connection, of all cameras and seeks, are
   * counted from 1 in the order in which they come.
   */
  Type.Object({ type: Type.Literal('taken'), ...token, through: Type.Integer({ minimum: 0 }) }),
  Ping,
]);
export const PlaybackRequest = Type.Union([Tickets, PlaybackOpen, PlaybackControl]);
export type PlaybackRequest = Static<typeof PlaybackRequest>;

// ---- server to client

/** The answer to `clientPublicKey`: binary messages are sealed from here on. */
export const Sealed = Type.Object({ type: Type.Literal('sealed'), serverPublicKey: PublicKey });
/** A stream begins, or changes: pictures with this `stream` number belong to the camera from now on. */
export const StreamStarted = Type.Object({
  type: Type.Literal('stream'),
  cameraId: CameraId,
  /** As in the header of binary messages (picture.ts). */
  stream: Type.Integer(),
  /** What was asked for, and what is sent: less where the quota is exhausted. */
  wanted: Quality,
  quality: Quality,
  /** RFC 6381. */
  codec: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  /** `quota`, `unsupported_codec`: why it is not as wanted. */
  reason: Type.Optional(Type.String()),
});
/** There are no pictures of the camera: `code` as {@link Trouble}. It goes on by itself. */
export const StreamStopped = Type.Object({
  type: Type.Literal('stopped'),
  cameraId: CameraId,
  code: Type.String(),
  message: Type.String(),
});
/** The client was too slow: so many pictures of the camera were left out, up to a key frame. */
export const Dropped = Type.Object({
  type: Type.Literal('drop'),
  cameraId: CameraId,
  frames: Type.Integer(),
});
/** vms-v2-plan 8.4; for clients that asked for JSON. */
export const Frame = Type.Object({
  type: Type.Literal('frame'),
  cameraId: CameraId,
  timestamp: Moment,
  format: ClientCodec,
  keyframe: Type.Boolean(),
  quality: Quality,
  /** Annex B byte stream in Base64; parameter sets in front of key frames. */
  data: Type.String(),
});
export const EventMessage = Type.Object({
  type: Type.Literal('event'),
  cameraId: FederatedCameraId,
  event: Type.String(),
  timestamp: Moment,
  metadata: Type.Optional(Type.Unknown()),
  detail: Type.Optional(NvrEvent),
  /** The server that the camera is at, where it is another one. */
  node: Type.Optional(Type.Object({ id: ServerId, label: Type.String() })),
});
export const SessionExpired = Type.Object({
  type: Type.Literal('session_expired'),
  reason: Type.String(),
  /**
   * `expired`, `kicked`, `logout`, `password_changed`, `permissions_changed`, `user_disabled`; `revoked`:
   * of tickets, whose key or home ended, or whose user lost the right there.
   */
  code: Type.String(),
});
export const ServerStatus = Type.Object({
  type: Type.Literal('server_status'),
  cpuUsage: Type.Number(),
  gpuUsage: Type.Optional(Type.Number()),
  memoryBytes: Type.Integer(),
  cameraCount: Type.Integer(),
  clientCount: Type.Integer(),
});
/** Something about a camera or the server changed: ask for `/api/...` again. */
export const Changed = Type.Object({
  type: Type.Literal('changed'),
  what: Type.Union([
    Type.Literal('cameras'),
    Type.Literal('users'),
    Type.Literal('sessions'),
    Type.Literal('exports'),
    Type.Literal('storage'),
    Type.Literal('keys'),
    Type.Literal('layouts'),
    Type.Literal('nodes'),
    Type.Literal('troubles'),
  ]),
  id: Type.Optional(Type.String()),
});
export const Pong = Type.Object({ type: Type.Literal('pong'), serverTime: Moment });
/** A request was refused; the connection goes on. */
export const Refused = Type.Object({
  type: Type.Literal('error'),
  code: Type.String(),
  message: Type.String(),
  cameraId: Type.Optional(CameraId),
});

/** /ws/playback: where it stands, at least every 250 ms while it plays. */
export const PlaybackPosition = Type.Object({
  type: Type.Literal('position'),
  position: Moment,
  state: Type.Union([
    Type.Literal('playing'),
    Type.Literal('paused'),
    Type.Literal('buffering'),
    Type.Literal('ended'),
  ]),
  speed: Type.Number(),
});
/** A camera has no footage at the position; `next` is where it goes on. */
export const PlaybackGap = Type.Object({
  type: Type.Literal('gap'),
  cameraId: Type.Optional(CameraId),
  start: Moment,
  end: Moment,
  reason: Type.String(),
  skipped: Type.Boolean(),
});
/**
 * After a seek, and whenever else pictures do not go on from those before (the direction changed, a
 * step back): pictures of before it carry another `epoch` in their header and are not shown. It comes
 * in front of the first picture of its epoch.
 */
export const PlaybackSought = Type.Object({
  type: Type.Literal('sought'),
  position: Moment,
  epoch: Type.Integer(),
});

export const ServerMessage = Type.Union([
  Sealed,
  StreamStarted,
  StreamStopped,
  Dropped,
  Frame,
  EventMessage,
  SessionExpired,
  ServerStatus,
  Changed,
  Pong,
  Refused,
  PlaybackPosition,
  PlaybackGap,
  PlaybackSought,
]);
export type ServerMessage = Static<typeof ServerMessage>;

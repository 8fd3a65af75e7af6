// First start, login, users, sessions and API keys.
import { type Static, Type } from 'typebox';
import { CameraId, FederatedCameraId, Id, Moment, PublicKey, Quality } from './values.js';

export const Role = Type.Union([
  Type.Literal('ADMIN'),
  Type.Literal('OPERATOR'),
  Type.Literal('VIEWER'),
]);
export type Role = Static<typeof Role>;

/**
 * vms-v2-plan, "User Roles". `all` cameras, also those that are added later and those of other servers,
 * or these alone.
 */
export const Permissions = Type.Object({
  role: Role,
  allowedCameras: Type.Union([
    Type.Literal('all'),
    Type.Array(FederatedCameraId, { maxItems: 1000 }),
  ]),
  canExport: Type.Boolean(),
  canControlPTZ: Type.Boolean(),
  canViewArchive: Type.Boolean(),
  canViewLive: Type.Boolean(),
});
export type Permissions = Static<typeof Permissions>;

const Username = Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\p{L}\\p{N}._@-]+$' });
const NewPassword = Type.String({ minLength: 12, maxLength: 256 });

/** GET /api/setup */
export const SetupState = Type.Object({
  required: Type.Boolean(),
  serverName: Type.String(),
  /** The request carries the cookie of a session: it is worth asking for `/api/account`. */
  authenticated: Type.Optional(Type.Boolean()),
});
export type SetupState = Static<typeof SetupState>;

/** POST /api/setup: makes the first administrator, once. The token stands in the server's output. */
export const SetupRequest = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 200 }),
  username: Username,
  password: NewPassword,
  serverName: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
});
export type SetupRequest = Static<typeof SetupRequest>;

/** POST /api/auth/login */
export const LoginRequest = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 64 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
  /** For a key of the session; connections may also agree on keys of their own (messages.ts). */
  clientPublicKey: Type.Optional(PublicKey),
  /**
   * `cookie` (default, for pages of the server itself): `__Host-fluxvision-<id of the server>`,
   * HttpOnly, SameSite=Strict. `body`: `sessionToken`, for `Authorization: Bearer`, for clients that
   * are no browsers and for pages of other servers.
   */
  tokenDelivery: Type.Optional(Type.Union([Type.Literal('cookie'), Type.Literal('body')])),
});
export type LoginRequest = Static<typeof LoginRequest>;

export const LoginResponse = Type.Object({
  success: Type.Literal(true),
  sessionId: Type.String(),
  sessionToken: Type.Optional(Type.String()),
  serverPublicKey: Type.Optional(PublicKey),
  userId: Id,
  username: Type.String(),
  permissions: Permissions,
  expiresAt: Moment,
  /** Until it is changed, all but `/api/account` is refused with `ERR_PASSWORD_CHANGE_REQUIRED`. */
  mustChangePassword: Type.Boolean(),
});
export type LoginResponse = Static<typeof LoginResponse>;

/** GET /api/account: who is logged in. PUT /api/account/password changes the own password. */
export const Account = Type.Omit(LoginResponse, ['success', 'sessionToken', 'serverPublicKey']);
export type Account = Static<typeof Account>;
export const PasswordChange = Type.Object({
  current: Type.String({ minLength: 1, maxLength: 256 }),
  next: NewPassword,
});
export type PasswordChange = Static<typeof PasswordChange>;

/** GET/PUT /api/account/preferences: what the interface remembers for a user; at most 64 KiB. */
export const Preferences = Type.Record(Type.String({ maxLength: 64 }), Type.Unknown());
export type Preferences = Static<typeof Preferences>;

export const Quota = Type.Object({
  /** Megabits per second; 1 Mbit are 1,000,000 bits. */
  maxBandwidthMbps: Type.Number({ minimum: 0.1, maximum: 10_000 }),
  maxCamerasFullscreen: Type.Integer({ minimum: 0, maximum: 64 }),
  maxCamerasTotal: Type.Integer({ minimum: 1, maximum: 1000 }),
  /** Is stepped down last. */
  priorityClient: Type.Boolean(),
});
export type Quota = Static<typeof Quota>;

export const User = Type.Object({
  id: Id,
  username: Type.String(),
  permissions: Permissions,
  quota: Quota,
  disabled: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  createdAt: Moment,
  lastLoginAt: Type.Optional(Moment),
});
export type User = Static<typeof User>;

export const NewUser = Type.Object({
  username: Username,
  password: NewPassword,
  permissions: Permissions,
  quota: Type.Optional(Quota),
  mustChangePassword: Type.Optional(Type.Boolean()),
});
export type NewUser = Static<typeof NewUser>;

export const UserChange = Type.Partial(
  Type.Object({
    permissions: Permissions,
    quota: Quota,
    disabled: Type.Boolean(),
    /** Sets a new password, ends the user's sessions, and has them change it at the next login. */
    password: NewPassword,
  }),
);
export type UserChange = Static<typeof UserChange>;

/** GET /api/system/sessions */
export const SessionInfo = Type.Object({
  id: Type.String(),
  userId: Id,
  username: Type.String(),
  role: Role,
  address: Type.String(),
  userAgent: Type.Optional(Type.String()),
  connectedAt: Moment,
  lastActivity: Moment,
  expiresAt: Moment,
  /** It is the one that asks. */
  own: Type.Boolean(),
  /** Live connections (WebSockets). */
  connections: Type.Integer(),
  subscriptions: Type.Array(Type.Object({ cameraId: CameraId, quality: Quality })),
  /** Bits per second, over the last five seconds. */
  bitsPerSecond: Type.Number(),
  framesDropped: Type.Integer(),
  quota: Quota,
});
export type SessionInfo = Static<typeof SessionInfo>;

/** `X-NVR-Auth: fvk_<id>_<secret>`, for other servers and monitoring. Shown once. */
export const ApiKeyScope = Type.Union([
  Type.Literal('metadata'),
  Type.Literal('media'),
  Type.Literal('ptz'),
  Type.Literal('export'),
  Type.Literal('metrics'),
]);
export type ApiKeyScope = Static<typeof ApiKeyScope>;
export const ApiKey = Type.Object({
  id: Id,
  label: Type.String(),
  scopes: Type.Array(ApiKeyScope),
  createdAt: Moment,
  expiresAt: Type.Optional(Moment),
  lastUsedAt: Type.Optional(Moment),
});
export type ApiKey = Static<typeof ApiKey>;
export const NewApiKey = Type.Object({
  label: Type.String({ minLength: 1, maxLength: 100 }),
  scopes: Type.Array(ApiKeyScope, { minItems: 1, uniqueItems: true }),
  expiresAt: Type.Optional(Moment),
});
export type NewApiKey = Static<typeof NewApiKey>;
export const CreatedApiKey = Type.Intersect([ApiKey, Type.Object({ key: Type.String() })]);
export type CreatedApiKey = Static<typeof CreatedApiKey>;

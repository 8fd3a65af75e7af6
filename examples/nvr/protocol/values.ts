// What several resources have in common: ids, moments, intervals, and how things go wrong.
import { type Static, Type } from 'typebox';

/** UTC milliseconds since the epoch. Intervals are half open: `[start, end)`. */
export const Moment = Type.Integer({
  minimum: 0,
  maximum: 8.64e15,
  description: 'UTC milliseconds',
});

/** As the SDK has it: 1 to 64 of A-Z, a-z, 0-9, dot, underscore, hyphen; no dot at the beginning. */
export const CameraId = Type.String({ pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$' });

/** A camera of this server, or `<camera>@<serverId>`: one of another server that this one knows. */
export const FederatedCameraId = Type.String({
  pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}(@[0-9a-f-]{36})?$',
});
export const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });

/** Of ECDH P-256: 65 bytes (SEC 1, uncompressed) in Base64. */
export const PublicKey = Type.String({
  minLength: 88,
  maxLength: 88,
  pattern: '^[A-Za-z0-9+/]{87}=$',
});

export const Quality = Type.Union([
  Type.Literal('PAUSED'),
  Type.Literal('THUMBNAIL'),
  Type.Literal('GRID_VIEW'),
  Type.Literal('FOCUSED'),
  Type.Literal('FULLSCREEN'),
]);
export type Quality = Static<typeof Quality>;

export const StreamName = Type.Union([Type.Literal('main'), Type.Literal('sub')]);
export type StreamName = Static<typeof StreamName>;

/** RFC 9457, `application/problem+json`. */
export const Problem = Type.Object(
  {
    /** `about:blank` or `/problems/<code>`. */
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    /** What happened and what to do. */
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    /** As `FluxError.code`, for example `ERR_NO_FOOTAGE`. */
    code: Type.String(),
    /** For how long to wait before the next attempt, in milliseconds. */
    retryAfterMs: Type.Optional(Type.Integer()),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  { description: 'RFC 9457' },
);
export type Problem = Static<typeof Problem>;

/**
 * Something that is wrong and that somebody has to do something about. The server says what; the
 * interface has words for each `code` in each language, and falls back to `message`.
 */
export const Trouble = Type.Object({
  /** `ERR_RTSP_UNAUTHORIZED`, `ERR_STORAGE_FULL`, `ERR_LOCKED`, `ERR_INDEX`, `CERTIFICATE_EXPIRES`, ... */
  code: Type.String(),
  message: Type.String(),
  /** `warning`: it goes on for now. `error`: something does not work. */
  severity: Type.Union([Type.Literal('warning'), Type.Literal('error')]),
  cameraId: Type.Optional(CameraId),
  since: Moment,
});
export type Trouble = Static<typeof Trouble>;

/** A page of a list: ask again with `cursor` for what follows; absent on the last page. */
export function pageOf<T extends Parameters<typeof Type.Array>[0]>(item: T) {
  return Type.Object({ items: Type.Array(item), cursor: Type.Optional(Type.String()) });
}

/** UUID of a server. */
export const ServerId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
});

/** How an aggregated answer came about: one per node that is switched on. */
export const NodeAnswer = Type.Object({
  id: ServerId,
  label: Type.String(),
  /** `stale`: what was known at `asOf`; `error`: nothing of it is here. */
  status: Type.Union([Type.Literal('ok'), Type.Literal('stale'), Type.Literal('error')]),
  asOf: Type.Optional(Moment),
  tookMs: Type.Number(),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});
export type NodeAnswer = Static<typeof NodeAnswer>;

// The one error class of the SDK; native code throws it too.

/** An error with a stable `code` for programs and a message that says what to do next. */
export class FluxError extends Error {
  /** Stable across releases, for example `ERR_AUTH_TAG` or `ERR_RTSP_UNAUTHORIZED`. */
  readonly code: string;
  /** The camera that it is about, where a recorder or a renderer reports it of one. */
  declare readonly cameraId?: string;
  /** With `ERR_LOGIN_THROTTLED`: for how long to wait before the next attempt, in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** With `ERR_NODE_IDENTITY`: SHA-256 of the certificate that the server shows now. */
  declare readonly fingerprint?: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FluxError';
    this.code = code;
  }
}

/** `error` itself, which from now on says which camera it is about. */
export function aboutCamera(error: FluxError, cameraId: string): FluxError {
  return Object.assign(error, { cameraId });
}

/** True where `error` is a FluxError, and has `code` where one is named. */
export function isFluxError(error: unknown, code?: string): error is FluxError {
  return error instanceof FluxError && (code === undefined || error.code === code);
}

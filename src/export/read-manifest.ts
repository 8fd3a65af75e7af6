// Reads a manifest that anyone may have written: its form first, and nothing of it is believed
// before that.
import {
  type Check,
  cameraId,
  checkOptions,
  flag,
  integer,
  invalidArgument,
  list,
  oneOf,
  text,
  time,
  uuid,
} from '../arguments/index.js';
import { FluxError, isFluxError } from '../errors.js';
import { isSegmentPath } from '../recording/index.js';
import {
  type ExportManifest,
  MANIFEST_FILE,
  MANIFEST_VERSION,
  manifestBytes,
  SIGNATURE_ALGORITHM,
} from './manifest.js';

const count = integer(0, Number.MAX_SAFE_INTEGER);
const stream = integer(0, 65_535);
const line = text(0, 1000);

const sha256: Check<string> = (name, value) => {
  if (typeof value === 'string' && /^[\da-f]{64}$/.test(value)) return value;
  throw invalidArgument(name, '64 hexadecimal digits', value);
};

const segmentPath: Check<string> = (name, value) => {
  if (typeof value === 'string' && isSegmentPath(value)) return value;
  throw invalidArgument(name, 'camera/YYYYMMDD/name', value);
};

/** A path that stays inside, and is not hidden. */
const insidePath: Check<string> = (name, value) => {
  const parts = typeof value === 'string' && value.length <= 512 ? value.split('/') : [];
  if (parts.length > 0 && parts.length <= 4 && parts.every((part) => /^[\w-][\w.-]*$/.test(part))) {
    return value as string;
  }
  throw invalidArgument(name, 'a path inside the export', value);
};

type Table = Parameters<typeof checkOptions>[2];

/** Exactly the fields of `table`. */
function object(table: Table): Check<unknown> {
  return (name, value) => {
    checkOptions(name, value, table);
    return value;
  };
}

function orNull(check: Check<unknown>): Check<unknown> {
  return (name, value) => (value === null ? value : check(name, value));
}

function arrayOf(check: Check<unknown>): Check<unknown> {
  return (name, value) => {
    list(name, value).forEach((element, i) => {
      check(`${name}[${i}]`, element);
    });
    return value;
  };
}

const range = { from: time, to: time };

const MANIFEST: Table = {
  format: oneOf('fluxvision-export'),
  version: oneOf(MANIFEST_VERSION),
  id: uuid,
  createdAt: time,
  creator: object({ software: line, version: line, storeId: uuid, storageId: uuid }),
  actor: line,
  reason: line,
  content: oneOf('mp4', 'mkv', 'sealed'),
  asked: object({ ...range, stream, audio: flag }),
  cameras: arrayOf(
    object({
      id: cameraId,
      contained: arrayOf(object(range)),
      gaps: arrayOf(object({ ...range, reason: line })),
      leftOut: arrayOf(
        object({
          ...range,
          track: oneOf('video', 'audio'),
          reason: oneOf('codec', 'parameters', 'format'),
        }),
      ),
      audio: orNull(object({ codec: line, packets: count, transcoded: flag })),
    }),
  ),
  segments: arrayOf(
    object({
      cameraId,
      path: segmentPath,
      stream,
      start: time,
      end: time,
      sequence: count,
      frames: count,
      keyId: uuid,
      state: oneOf('complete', 'recovered'),
      size: count,
      sha256,
      hash: sha256,
    }),
  ),
  chain: sha256,
  files: arrayOf(
    object({
      path: insidePath,
      kind: oneOf('clip', 'segment', 'keys'),
      size: count,
      sha256,
      cameraId: line,
      codec: line,
      frames: count,
      keyId: line,
      start: time,
    }),
  ),
  signer: orNull(
    object({ algorithm: oneOf(SIGNATURE_ALGORITHM), publicKey: line, fingerprint: sha256 }),
  ),
};

/**
 * ERR_EXPORT_MANIFEST where `bytes` are not the one JSON text of a manifest; ERR_SCHEMA_VERSION where
 * a newer release wrote it.
 */
export function readManifest(bytes: Buffer): ExportManifest {
  let value: { format?: unknown; version?: unknown } | null;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw malformed((error as Error).message);
  }
  if (value?.format === 'fluxvision-export' && value.version !== MANIFEST_VERSION) {
    throw new FluxError(
      'ERR_SCHEMA_VERSION',
      `The export has version ${JSON.stringify(value.version)}, this release knows ${MANIFEST_VERSION}. Update @fluxvision/core.`,
    );
  }
  try {
    checkOptions(MANIFEST_FILE, value, MANIFEST);
  } catch (error) {
    if (!isFluxError(error)) throw error;
    throw malformed(error.message);
  }
  const manifest = value as ExportManifest;
  if (!manifestBytes(manifest).equals(bytes)) {
    throw malformed('it is not in its one form (RFC 8785); reformatting it breaks its signature');
  }
  return manifest;
}

export function malformed(why: string): FluxError {
  return new FluxError('ERR_EXPORT_MANIFEST', `${MANIFEST_FILE} is not as it was written: ${why}`);
}

// What an export says of itself: the manifest, its one JSON text (RFC 8785), and the chain over the
// segments that it was made of. See docs/export.md.
import { createHash } from 'node:crypto';
import { canonicalJson, type Plain } from '../keys/index.js';
import type { TimeRange } from '../recording/index.js';

export const MANIFEST_FILE = 'manifest.json';
export const SIGNATURE_FILE = 'manifest.sig';
export const KEYS_FILE = 'keys.json';
export const MANIFEST_VERSION = 1;
/** Both for what is written and for what is read. */
export const MAX_MANIFEST_BYTES = 256 << 20;
export const SIGNATURE_ALGORITHM = 'ECDSA-P256-SHA256';

/** What the clips of an export are: playable by anyone, or sealed under the package's own keys. */
export type FootageFormat = 'mp4' | 'mkv' | 'sealed';

/** Part of what was asked for that has no footage, and why the recorder says so. */
export interface ExportedGap extends TimeRange {
  /** As in {@link RecordedGap}; `unknown` where nothing was written down. */
  reason: string;
}

/** Something that was recorded and is not in the clip; see {@link ExportResult}. */
export interface ExportedLeftOut extends TimeRange {
  track: 'video' | 'audio';
  reason: 'codec' | 'parameters' | 'format';
}

/** What a manifest says of one camera. */
export interface ExportedCamera {
  id: string;
  /** What the export holds of it, UTC milliseconds, half open, in order. */
  contained: TimeRange[];
  gaps: ExportedGap[];
  leftOut: ExportedLeftOut[];
  /** Its sound in the clip; null where the clip has none, and in sealed exports. */
  audio: { codec: string; packets: number; transcoded: boolean } | null;
}

/** A sealed segment of the storage that the export was made of. */
export interface ExportedSegment {
  cameraId: string;
  /** Relative to the storage directory. */
  path: string;
  stream: number;
  /** UTC milliseconds, by the recorder's clock. */
  start: number;
  end: number;
  sequence: number;
  frames: number;
  keyId: string;
  /** `recovered`: a crash cut it. */
  state: 'complete' | 'recovered';
  /** Bytes and SHA-256 (hex) of the sealed file. */
  size: number;
  sha256: string;
  /** SHA-256 (hex) of the previous entry's hash, 32 zero bytes for the first, and this entry's JSON. */
  hash: string;
}

/** A file of the export, beside the manifest and its signature. */
export interface ExportedFile {
  /** Relative to the export's directory, with forward slashes. */
  path: string;
  kind: 'clip' | 'segment' | 'keys';
  size: number;
  /** Hex. */
  sha256: string;
  /** Empty for keys, as codec and keyId where they do not apply. */
  cameraId: string;
  codec: string;
  /** Video frames. */
  frames: number;
  /** Of a sealed segment: its key in keys.json, and its first frame in UTC milliseconds. */
  keyId: string;
  start: number;
}

/** Who vouches for a manifest. */
export interface ExportSigner {
  algorithm: typeof SIGNATURE_ALGORITHM;
  /** PEM, SubjectPublicKeyInfo. */
  publicKey: string;
  /** SHA-256 (hex) of the key's SubjectPublicKeyInfo in DER. */
  fingerprint: string;
}

/** The content of manifest.json; what it proves and what not is in docs/export.md. */
export interface ExportManifest {
  format: 'fluxvision-export';
  version: 1;
  /** UUID of the export. */
  id: string;
  /** UTC milliseconds, by the clock of the machine that exported. */
  createdAt: number;
  creator: {
    software: string;
    version: string;
    /** UUIDs of the key store and of the storage. */
    storeId: string;
    storageId: string;
  };
  /** Who exported, as the key store was opened, and why. */
  actor: string;
  reason: string;
  content: FootageFormat;
  /** What was asked for, of every camera. */
  asked: TimeRange & { stream: number; audio: boolean };
  cameras: ExportedCamera[];
  segments: ExportedSegment[];
  /** The hash of the last segment's entry; 64 zeros where there is none. */
  chain: string;
  files: ExportedFile[];
  /** Null where it is not signed. */
  signer: ExportSigner | null;
}

/** The bytes of manifest.json, which are what is signed. */
export function manifestBytes(manifest: ExportManifest): Buffer {
  return Buffer.from(canonicalJson(manifest as unknown as Plain), 'utf8');
}

export const CHAIN_START = '0'.repeat(64);

/** Chains the entries; the last hash depends on each of them and on their order. */
export function chainSegments(segments: readonly Omit<ExportedSegment, 'hash'>[]): {
  segments: ExportedSegment[];
  chain: string;
} {
  let chain = CHAIN_START;
  const chained = segments.map((segment) => {
    chain = entryHash(chain, segment);
    return { ...segment, hash: chain };
  });
  return { segments: chained, chain };
}

/** SHA-256(previous hash || canonical JSON of the entry without its hash), in hex. */
export function entryHash(previous: string, entry: Omit<ExportedSegment, 'hash'>): string {
  const { hash: _, ...plain } = entry as ExportedSegment;
  return createHash('sha256')
    .update(Buffer.from(previous, 'hex'))
    .update(canonicalJson(plain as unknown as Plain), 'utf8')
    .digest('hex');
}

/** Where a sealed export keeps the copy of a segment. */
export function sealedPath(
  segment: Pick<ExportedSegment, 'cameraId' | 'start' | 'sequence'>,
): string {
  return `segments/${segment.cameraId}/${segment.start}-${segment.sequence}.fvms`;
}

/** `a` and `b` in the order of time, in which holes between them are what `without` says. */
export function subtractRanges(whole: TimeRange, without: readonly TimeRange[]): TimeRange[] {
  const left: TimeRange[] = [];
  let at = whole.from;
  for (const { from, to } of [...without].sort((a, b) => a.from - b.from)) {
    if (from > at && at < whole.to) left.push({ from: at, to: Math.min(from, whole.to) });
    at = Math.max(at, to);
  }
  if (at < whole.to) left.push({ from: at, to: whole.to });
  return left;
}

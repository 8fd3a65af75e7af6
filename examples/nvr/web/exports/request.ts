// An export as it is asked for: what may be asked, and how large it will be.

import type { ExportRequest, Recording } from '../../protocol/index.js';
import { camerasOfServers } from '../federation/ids.js';

export type ExportFormat = 'mp4' | 'mkv' | 'sealed';
export const FORMATS: readonly ExportFormat[] = ['mp4', 'mkv', 'sealed'];
/** As the server has it. */
export const MIN_PASSPHRASE = 12;

export interface ExportDraft {
  cameras: readonly string[];
  /** UTC milliseconds; undefined where what was typed cannot be read. */
  start: number | undefined;
  end: number | undefined;
  format: ExportFormat;
  audio: boolean;
  reason: string;
  passphrase: string;
}

/** What is wrong, by field, as names of the catalog `exports`, `wrong`. */
export type ExportErrors = Partial<Record<'cameras' | 'start' | 'end' | 'passphrase', string>>;

export function errorsOf(draft: ExportDraft, now: number): ExportErrors {
  const errors: ExportErrors = {};
  const { cameras, start, end, format, passphrase } = draft;
  if (cameras.length === 0) errors.cameras = 'noCamera';
  if (start === undefined) errors.start = 'unreadable';
  if (end === undefined) errors.end = 'unreadable';
  if (start !== undefined && end !== undefined && end <= start) errors.end = 'endBeforeStart';
  if (start !== undefined && start >= now) errors.start = 'future';
  if (format === 'sealed' && passphrase.length < MIN_PASSPHRASE) errors.passphrase = 'passphrase';
  return errors;
}

/** Undefined while something is wrong. */
export function requestOf(draft: ExportDraft, now: number): ExportRequest | undefined {
  if (Object.keys(errorsOf(draft, now)).length > 0) return undefined;
  const { cameras, start = 0, end = 0, format, audio, reason, passphrase } = draft;
  return {
    cameras: [...cameras],
    start: Math.round(start),
    end: Math.round(end),
    format,
    audio,
    ...(reason.trim() && { reason: reason.trim() }),
    ...(format === 'sealed' && { passphrase }),
  };
}

/** One for each server whose cameras are asked for: each writes out its own. */
export function perServer(request: ExportRequest): ExportRequest[] {
  const servers = camerasOfServers(request.cameras);
  return [...servers.values()].map((cameras) => ({ ...request, cameras }));
}

/**
 * Bytes that segments have within `[start, end)`, each by its share. An estimate: bit rates change within
 * a segment, and containers differ.
 */
export function bytesWithin(
  segments: readonly Pick<Recording, 'start' | 'end' | 'bytes'>[],
  start: number,
  end: number,
): number {
  let bytes = 0;
  for (const segment of segments) {
    const length = segment.end - segment.start;
    const within = Math.min(segment.end, end) - Math.max(segment.start, start);
    if (length > 0 && within > 0) bytes += (segment.bytes * within) / length;
  }
  return Math.round(bytes);
}

// What is wrong with an export, and how a check says so.
import { FluxError } from '../errors.js';

/** What is wrong with an export. */
export interface ExportFault {
  /**
   * `ERR_EXPORT_MANIFEST`: the manifest is missing or malformed. `ERR_EXPORT_UNSIGNED`.
   * `ERR_EXPORT_SIGNATURE`: it was altered, or its signature was. `ERR_EXPORT_KEY`: another key
   * signed. `ERR_EXPORT_CHAIN`: the list of segments does not fit together.
   * `ERR_EXPORT_FILE_MISSING`, `ERR_EXPORT_FILE_ALTERED`, `ERR_EXPORT_FILE_UNKNOWN`.
   * `ERR_EXPORT_SOURCE_MISSING`, `ERR_EXPORT_SOURCE_ALTERED`: a segment of the storage.
   * `ERR_KEY_PASSPHRASE`, `ERR_KEY_PACKAGE`, and the codes of {@link SegmentReader.open} for the
   * inside of a sealed export.
   */
  code: string;
  /** Relative to the export, or to the storage for a source. */
  file: string;
  message: string;
}

/** Stops at the first fault. */
export class Fault extends Error {
  constructor(readonly fault: ExportFault) {
    super(fault.message);
  }
}

export function fail(code: string, file: string, why: string): never {
  throw new Fault({ code, file, message: `${file}: ${why}.` });
}

/** Errors that are a finding about the export become its fault. */
export function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw faultOf(error, file);
  }
}

export async function attemptAsync<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(error, file);
  }
}

const NO_FINDINGS = ['ERR_SCHEMA_VERSION', 'ERR_ABORTED', 'ERR_IO', 'ERR_INVALID_ARGUMENT'];

function faultOf(error: unknown, file: string): unknown {
  if (error instanceof Fault || !(error instanceof FluxError)) return error;
  return NO_FINDINGS.includes(error.code) ? error : new Fault(toFault(error, file));
}

export function toFault({ code, message }: FluxError, file: string): ExportFault {
  return { code, file, message };
}

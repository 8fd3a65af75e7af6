export type { ExportFault } from './export-fault.js';
export { exportFootage, type FootageExport } from './export-footage.js';
export type {
  ExportedCamera,
  ExportedFile,
  ExportedGap,
  ExportedLeftOut,
  ExportedSegment,
  ExportManifest,
  ExportSigner,
  FootageFormat,
} from './manifest.js';
export type { ExportProgress, FootageExportOptions } from './options.js';
export {
  type ExportVerification,
  type VerifyExportOptions,
  verifyExport,
} from './verify-export.js';

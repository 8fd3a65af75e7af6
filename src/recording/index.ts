export {
  type ExportFormat,
  type ExportOptions,
  type ExportResult,
  exportRecording,
  type TimeRange,
} from './export.js';
export {
  Recorder,
  type RecorderCameraChange,
  type RecorderCameraStats,
  type RecorderEvents,
  type RecorderOptions,
  type RecorderStats,
} from './recorder.js';
export {
  type CameraSummary,
  type NewSegment,
  RecordingIndex,
  type RecordingIndexOptions,
  type SegmentEndReason,
  type SegmentQuery,
  type SegmentRecord,
} from './recording-index.js';
export type { RecoveryProblem, RecoveryReport } from './recovery.js';
export type { SegmentFileNames } from './segment-files.js';
export {
  type SegmentHeader,
  type SegmentPacket,
  SegmentReader,
  type SegmentReaderOptions,
  type SegmentVerification,
} from './segment-reader.js';
export {
  type RecordingGap,
  SegmentWriter,
  type SegmentWriterEvents,
  type SegmentWriterOptions,
  type SegmentWriterStats,
  type WrittenSegment,
} from './segment-writer.js';
export type { StorageKeys } from './storage-keys.js';
export {
  type VerifyOptions,
  type VerifyProblem,
  type VerifyProgress,
  type VerifyReport,
  verifyRecordings,
} from './verify.js';

export {
  type CheckDepth,
  type CheckOptions,
  type CheckProblem,
  type CheckProgress,
  type CheckReport,
  checkStorage,
} from './check.js';
export {
  type ExportFormat,
  type ExportOptions,
  type ExportResult,
  exportRecording,
  nativeSegments,
  runClipJob,
  type TimeRange,
  whatThereIs,
} from './export.js';
export type { EventQuery, EventRun, FootageEvent, NewFootageEvent } from './footage-events.js';
export { MIN_GAP_MS, type RecordedGap } from './gaps.js';
export type { DeleteReason } from './garbage.js';
export { type ObservedEvent, recordObserved } from './observed-event.js';
export {
  checkRecordedCamera,
  type RecordedCameraOptions,
  type RecordingPlan,
} from './recorded-camera.js';
export { Recorder } from './recorder.js';
export type {
  RecorderCameraChange,
  RecorderCameraStats,
  RecorderEvents,
  RecorderOptions,
  RecorderStats,
  RecordingTrigger,
} from './recorder-options.js';
export {
  type CameraSummary,
  type DayTotal,
  type NewSegment,
  RecordingIndex,
  type RecordingIndexOptions,
  type SegmentEndReason,
  type SegmentPlace,
  type SegmentQuery,
  type SegmentRecord,
  type SegmentTrigger,
} from './recording-index.js';
export type { RecoveryProblem, RecoveryReport } from './recovery.js';
export type {
  DeletedSegment,
  FailedDeletion,
  RetentionReport,
  StorageFull,
} from './retention.js';
export type { CameraRetention, RetentionOptions, StreamRetention } from './retention-policy.js';
export type { RecordingSchedule, ScheduleEntry, Weekday } from './schedule.js';
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
  type RecordingMode,
  SegmentWriter,
  type SegmentWriterEvents,
  type SegmentWriterOptions,
  type SegmentWriterStats,
  type WrittenSegment,
} from './segment-writer.js';
export { isSegmentPath, openStorage, requireStorage, segmentFile } from './storage.js';
export type { RecordingBlocked, StorageEvents } from './storage-care.js';
export {
  type OpenKeys,
  openStorageKeys,
  requireOneKeySource,
  type StorageKeys,
} from './storage-keys.js';
export {
  type OpenSource,
  openSource,
  requireOneStorage,
  type StorageSource,
} from './storage-source.js';
export type { RecordedTimeline, TimelineQuery, TimelineRun } from './timeline.js';
export {
  type VerifyOptions,
  type VerifyProblem,
  type VerifyProgress,
  type VerifyReport,
  verifyRecordings,
} from './verify.js';

/**
 * `@fluxvision/core`: records RTSP cameras by passthrough into encrypted Matroska segments.
 *
 * {@link Recorder} does all of it; {@link Camera}, {@link SegmentWriter}, {@link KeyManager} and
 * {@link RecordingIndex} are its parts. {@link SegmentReader}, {@link verifyRecordings} and
 * {@link exportRecording} read back.
 *
 * @packageDocumentation
 */
export {
  type AuditEntry,
  type AuditFault,
  type AuditFaultReason,
  AuditLog,
  type AuditLogOptions,
  type AuditOutcome,
  type AuditQuery,
  type AuditSigner,
  type AuditVerification,
  type AuditVerifyOptions,
  type AuditVerifyProgress,
  auditLogPath,
  type NewAuditEntry,
} from './audit/index.js';
export {
  Camera,
  type CameraEvents,
  type CameraOptions,
  type CameraParameters,
  type CameraState,
  type CameraStateChange,
  type CameraStats,
} from './camera/index.js';
export { ConfigStore, type ConfigStoreOptions, type StoredCamera } from './config/index.js';
export { FluxError, isFluxError } from './errors.js';
export {
  ADMINISTRATOR,
  type DestroyOptions,
  type DestroyReport,
  type EvidenceLock,
  FieldCipher,
  type FieldPlace,
  type KeyHandle,
  type KeyInfo,
  KeyManager,
  type KeyManagerCreateOptions,
  type KeyManagerOptions,
  type KeyPackage,
  type KeyPurpose,
  type KeyState,
  type KeyStoreInfo,
  type NewRootOptions,
  type PackagedKey,
  type PassphraseRootOptions,
  type Pkcs11RootOptions,
  type RecoveryRootOptions,
  type RootInfo,
  type RootOptions,
  type RootType,
  type RotateOptions,
  type TpmRootOptions,
} from './keys/index.js';
export type { NativeKey } from './native.js';
export {
  type CameraSummary,
  type ExportFormat,
  type ExportOptions,
  type ExportResult,
  exportRecording,
  type NewSegment,
  Recorder,
  type RecorderCameraChange,
  type RecorderCameraStats,
  type RecorderEvents,
  type RecorderOptions,
  type RecorderStats,
  type RecordingGap,
  RecordingIndex,
  type RecordingIndexOptions,
  type RecoveryProblem,
  type RecoveryReport,
  type SegmentEndReason,
  type SegmentFileNames,
  type SegmentHeader,
  type SegmentPacket,
  type SegmentQuery,
  SegmentReader,
  type SegmentReaderOptions,
  type SegmentRecord,
  type SegmentVerification,
  SegmentWriter,
  type SegmentWriterEvents,
  type SegmentWriterOptions,
  type SegmentWriterStats,
  type StorageKeys,
  type TimeRange,
  type VerifyOptions,
  type VerifyProblem,
  type VerifyProgress,
  type VerifyReport,
  verifyRecordings,
  type WrittenSegment,
} from './recording/index.js';
export {
  type IssueOptions,
  type Session,
  SessionKey,
  type SessionSide,
  SessionTokens,
  type SessionTokensOptions,
} from './sessions/index.js';
export {
  RtspSimulator,
  type RtspSimulatorOptions,
  type SentFrame,
  type SimulatedStreamStats,
} from './simulator/index.js';
export {
  type CipherAlgorithm,
  type CryptoModuleInfo,
  type CryptoModuleOptions,
  configureCryptoModules,
  cryptoModules,
  type Hardware,
  probeHardware,
} from './system/index.js';

export {
  AuditLog,
  type AuditLogOptions,
  type AuditQuery,
  type AuditVerifyOptions,
} from './audit-log.js';
export { AUDIT_FILE, auditLogPath } from './audit-store.js';
export type { AuditSigner } from './checkpoint.js';
export type { AuditEntry, AuditOutcome, NewAuditEntry } from './entry.js';
export { keyId, publicKeyInfo, signatureToDer, verifySignature } from './p256.js';
export type {
  AuditFault,
  AuditFaultReason,
  AuditVerification,
  AuditVerifyProgress,
} from './verification.js';

export { type ApiKey, type ApiKeyScope, ApiKeys, type NewApiKey } from './api-keys.js';
export type { Refusal } from './authenticator.js';
export { ClientSession, type SessionEnd } from './client-session.js';
export { addressGroup, type LoginThrottleOptions } from './login-throttle.js';
export { type Permission, permissionsOf, type Role, type UserPermissions } from './permissions.js';
export { type ClientQuota, checkQuota, DEFAULT_QUOTA } from './quota.js';
export { SessionKey, type SessionSide } from './session-key.js';
export {
  type LoginRequest,
  type RefusedLogin,
  type SessionLimits,
  SessionManager,
  type SessionManagerEvents,
  type SessionManagerOptions,
} from './session-manager.js';
export type { IssuedSession } from './session-registry.js';
export {
  type IssueOptions,
  type Session,
  SessionTokens,
  type SessionTokensOptions,
} from './session-token.js';
export type { Acting, NewUser, UserChange, UserRecord } from './user-record.js';
export { Users } from './users.js';

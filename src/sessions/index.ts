export { SessionKey, type SessionSide } from './session-key.js';
export {
  type IssueOptions,
  type Session,
  SessionTokens,
  type SessionTokensOptions,
} from './session-token.js';

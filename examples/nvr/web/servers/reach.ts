// Asks an address whether a FluxVision server answers there, and says why not where that can be told.
import type { DiscoveryInfo } from '../../protocol/index.js';
import { ApiClient, ApiProblem } from '../api/index.js';
import type { ConnectFault } from './server-state.js';

/** Of the REST interface that this page speaks. */
const API_VERSION = 1;
const PATIENCE_MS = 8000;

export type Reached = { info: DiscoveryInfo } | { fault: ConnectFault };

/**
 * A refused certificate, a missing CORS header and a dead server look alike to a page; only what this
 * page's own security policy forbids tells itself apart.
 */
export async function reach(origin: string, expectedId?: string): Promise<Reached> {
  let blocked = false;
  const onViolation = (event: SecurityPolicyViolationEvent) => {
    if (event.blockedURI.startsWith(origin)) blocked = true;
  };
  document.addEventListener('securitypolicyviolation', onViolation);
  try {
    const info = await new ApiClient({ origin }).get<DiscoveryInfo>('/api/discovery/info', {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!(info.apiMin <= API_VERSION && info.apiMax >= API_VERSION)) {
      return { fault: 'incompatible' };
    }
    if (expectedId !== undefined && info.serverId !== expectedId) return { fault: 'other_server' };
    return { info };
  } catch (error) {
    // The event comes in a task of its own.
    await new Promise((done) => setTimeout(done));
    if (blocked) return { fault: 'blocked' };
    const answered = error instanceof ApiProblem && error.status !== 0;
    return { fault: answered ? 'incompatible' : 'unreachable' };
  } finally {
    document.removeEventListener('securitypolicyviolation', onViolation);
  }
}

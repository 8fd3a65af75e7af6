// What one client may take of a server (vms-v2-plan Phase 8, "Resource Management").
import { checkOptions, decimal, flag, integer, optional } from '../arguments/index.js';

/** Limits of one client. Over them the quality of its cameras steps down before frames are dropped. */
export interface ClientQuota {
  /** Megabits per second, from 0.1 to 10000; 1 Mbit are 1,000,000 bits. */
  maxBandwidthMbps: number;
  /** Cameras at quality `FULLSCREEN` at once, from 0 to 64. */
  maxCamerasFullscreen: number;
  /** Cameras at any quality at once, from 1 to 1000. */
  maxCamerasTotal: number;
  /** Is stepped down last. */
  priorityClient: boolean;
}

/** The specification's: 50 Mbit/s, 4 cameras full screen, 42 in all. */
export const DEFAULT_QUOTA: Readonly<ClientQuota> = Object.freeze({
  maxBandwidthMbps: 50,
  maxCamerasFullscreen: 4,
  maxCamerasTotal: 42,
  priorityClient: false,
});

/** A quota in which what was left out is undefined. `ERR_INVALID_ARGUMENT`. */
const partOfQuota = (name: string, value: unknown) =>
  checkOptions(name, value, {
    maxBandwidthMbps: optional(decimal(0.1, 10_000, 'Mbit/s')),
    maxCamerasFullscreen: optional(integer(0, 64)),
    maxCamerasTotal: optional(integer(1, 1000)),
    priorityClient: optional(flag),
  });

/** A whole quota; what is left out is as in `fallback`. `ERR_INVALID_ARGUMENT` names the field. */
export function checkQuota(
  name: string,
  value: unknown,
  fallback: ClientQuota = DEFAULT_QUOTA,
): ClientQuota {
  const given = partOfQuota(name, value);
  return {
    maxBandwidthMbps: given.maxBandwidthMbps ?? fallback.maxBandwidthMbps,
    maxCamerasFullscreen: given.maxCamerasFullscreen ?? fallback.maxCamerasFullscreen,
    maxCamerasTotal: given.maxCamerasTotal ?? fallback.maxCamerasTotal,
    priorityClient: given.priorityClient ?? fallback.priorityClient,
  };
}

// What one client may take of a server (vms-v2-plan Phase 8, "Resource Management").
import { checkOptions, decimal, flag, integer, optional } from '../arguments/index.js';

/** Limits of one client. */
export interface ClientQuota {
  /** Of all its pictures, at most in any second; 0.01 to 100,000. Default 50. */
  maxBandwidthMbps: number;
  /** Cameras in `FULLSCREEN` or `FOCUSED`: the first that asked; the others get `GRID_VIEW`. Default 4. */
  maxCamerasFullscreen: number;
  /** Cameras at once; more are `ERR_LIMIT`. Default 42. */
  maxCamerasTotal: number;
  /** Its quality does not step down: `maxCamerasTotal` alone is held. Default false. */
  priorityClient: boolean;
}

/** The specification's. */
export const DEFAULT_QUOTA: Readonly<ClientQuota> = Object.freeze({
  maxBandwidthMbps: 50,
  maxCamerasFullscreen: 4,
  maxCamerasTotal: 42,
  priorityClient: false,
});

/** `base` with what `quota` says. `ERR_INVALID_ARGUMENT`. */
export function checkQuota(
  where: string,
  quota: unknown,
  base: Readonly<ClientQuota> = DEFAULT_QUOTA,
): ClientQuota {
  return checkOptions(where, quota, {
    maxBandwidthMbps: optional(decimal(0.01, 100_000, 'Mbit/s'), base.maxBandwidthMbps),
    maxCamerasFullscreen: optional(integer(0, 65_536), base.maxCamerasFullscreen),
    maxCamerasTotal: optional(integer(0, 65_536), base.maxCamerasTotal),
    priorityClient: optional(flag, base.priorityClient),
  });
}

// Whether a caller may see a camera here, and which of its footage. One that it may not know of is answered as one that is not there.
import { FluxError } from '@fluxvision/core';
import type { SocketCaller, SocketHost, SocketPermission } from './host.js';

/** `ERR_CAMERA_NOT_FOUND`, in the same words for both; `ERR_FORBIDDEN` where it is known, and not for this. */
export function requirePermitted(
  host: Pick<SocketHost, 'cameras'>,
  caller: SocketCaller,
  permission: SocketPermission,
  id: string,
): void {
  const exists = host.cameras.has(id) || (permission === 'archive' && host.cameras.hasFootage(id));
  const isKnown = caller.may('live', id) || caller.may('archive', id);
  if (!exists || !isKnown) {
    throw new FluxError('ERR_CAMERA_NOT_FOUND', `There is no camera '${id}'.`);
  }
  if (!caller.may(permission, id)) {
    throw new FluxError('ERR_FORBIDDEN', `Your rights do not cover this for camera '${id}'.`);
  }
}

/**
 * Why a caller who came by tickets may not see a camera's footage of a moment; undefined where it may.
 * `ERR_TICKET`, `ERR_TICKET_RANGE`. `leads`: to the picture of a moment that it may see; such begin earlier.
 */
export function footageRefusal(
  { tickets }: SocketCaller,
  cameraId: string,
  time: number,
  leads = false,
): FluxError | undefined {
  if (!tickets) return undefined;
  const { permissions = [], start = 0, end = 0 } = tickets.grant(cameraId) ?? {};
  if (!permissions.includes('archive')) {
    const message = `There is no ticket for footage of camera '${cameraId}' any more.`;
    return new FluxError('ERR_TICKET', message);
  }
  if (time < end && (time >= start || leads)) return undefined;
  const message = `The ticket is not for this footage of camera '${cameraId}'. Ask for one for that time.`;
  return new FluxError('ERR_TICKET_RANGE', message);
}

// Whether a caller may see a camera here. One that it may not know of is answered as one that is not there.
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

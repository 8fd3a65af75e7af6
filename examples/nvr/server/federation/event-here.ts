// An event of another server with its ids as they are at this one.
import { federatedId, splitFederatedId } from '@fluxvision/core';
import type { NvrEvent } from '../../protocol/index.js';

const MAX_ID = 200;
/** As JSON. What this server notes down is less; it goes to every page that is open. */
const MAX_METADATA = 2048;

/** Undefined where it is of a camera that is not the server's own: nothing is passed on. */
export function eventHere(nodeId: string, event: NvrEvent): NvrEvent | undefined {
  const { id, cameraId, metadata, ...rest } = event;
  if (splitFederatedId(cameraId)) return undefined;
  const isSmall = metadata !== undefined && JSON.stringify(metadata).length <= MAX_METADATA;
  return {
    ...rest,
    // Its own ids may be longer than those of cameras, and have colons.
    id: `${id.slice(0, MAX_ID)}@${nodeId}`,
    cameraId: federatedId(nodeId, cameraId),
    event: rest.event.slice(0, MAX_ID),
    ...(isSmall && { metadata }),
  };
}

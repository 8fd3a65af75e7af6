// What this server tells the servers that have it as a node: its own cameras, and how it does. Cameras of
// its own nodes are not among them.
import { createHash } from 'node:crypto';
import type { FederatedCameraInfo, NodeReport } from '../../protocol/index.js';
import type { Nvr } from '../nvr.js';
import { VERSION } from '../version.js';

const MAX_TROUBLES = 16;
/** It is about the camera, not about what somebody may do with it. */
const NOBODY = { may: () => false };

export interface OwnCameras {
  /** Another one where the list is another; a few times an hour, not with every picture. */
  version: string;
  items: FederatedCameraInfo[];
}

export function ownCameras(nvr: Nvr): OwnCameras {
  const items = nvr.cameras.ids().map((id) => cameraInfo(nvr, id));
  const version = createHash('sha256').update(JSON.stringify(items)).digest('hex').slice(0, 32);
  return { version, items };
}

export function nodeReport(nvr: Nvr): NodeReport {
  const stats = nvr.meters.stats();
  const { cpuUsage, memoryBytes, cameraCount, camerasLive, camerasRecording } = stats;
  const { clientCount, framesLost, storageFreeBytes, storageUsedBytes } = stats;
  const { id: serverId, name } = nvr.server;
  const footage = nvr.recorder.index.cameras();
  const starts = footage.flatMap(({ from }) => (from === null ? [] : [from]));
  return {
    ...{ serverId, name, version: VERSION, serverTime: Date.now(), startedAt: nvr.startedAt },
    camerasVersion: ownCameras(nvr).version,
    ...{ cpuUsage, memoryBytes, cameraCount, camerasLive, camerasRecording },
    ...{ clientCount, framesLost },
    storage: {
      totalBytes: storageFreeBytes + storageUsedBytes,
      freeBytes: storageFreeBytes,
      recordedBytes: footage.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(starts.length > 0 && { oldest: Math.min(...starts) }),
    },
    troubles: codesOf(stats.troubles),
  };
}

function cameraInfo(nvr: Nvr, id: string): FederatedCameraInfo {
  const { main, sub, trouble, name, group, enabled, status, recording, hasPtz } = nvr.cameras.view(
    id,
    NOBODY,
  );
  const { codec, width, height } = main;
  return {
    ...{ id, name, enabled, status, recording, hasPtz },
    ...(group !== undefined && { group }),
    main: {
      ...(codec !== undefined && { codec }),
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    },
    hasSub: sub !== undefined,
    ...(trouble && { trouble: { code: trouble.code, since: trouble.since } }),
  };
}

/** Each once, the worse first. */
function codesOf(troubles: readonly NodeReport['troubles'][number][]): NodeReport['troubles'] {
  const codes = new Map<string, NodeReport['troubles'][number]>();
  for (const { code, severity } of troubles) {
    if (severity === 'error' || !codes.has(code)) codes.set(code, { code, severity });
  }
  return [...codes.values()]
    .sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
    .slice(0, MAX_TROUBLES);
}

// A camera as those see it who may see it: state, stream, what is wrong, and what they may do.
import type { Camera, Permission, StreamName } from '@fluxvision/core';
import type { CameraStream, CameraView, Trouble } from '../../protocol/index.js';
import type { CameraSettings } from './settings.js';

/** Measured rates, and what is wrong, by camera. */
export interface StreamMeters {
  rates(
    id: string,
    stream: StreamName,
  ): { framesPerSecond: number; bitsPerSecond: number } | undefined;
  trouble(id: string): Trouble | undefined;
  /** Whether frames are being written. */
  recording(id: string): boolean;
}

export function viewOf(
  settings: CameraSettings,
  camera: Camera | undefined,
  meters: StreamMeters,
  who: { may(permission: Permission, id?: string): boolean },
): CameraView {
  const { id, name, group, enabled, subUrl, onvifUrl, hasPtz } = settings;
  const moves = onvifUrl !== undefined && hasPtz !== false;
  const trouble = meters.trouble(id);
  const may = (permission: Permission) => who.may(permission, id);
  return {
    ...{ id, name, enabled },
    ...(group !== undefined && { group }),
    status: statusOf(enabled, camera, trouble),
    recording: enabled && meters.recording(id),
    main: streamOf(id, camera, 'main', meters),
    ...(subUrl !== undefined && { sub: streamOf(id, camera, 'sub', meters) }),
    hasPtz: moves,
    ...(trouble && { trouble }),
    may: {
      live: may('live'),
      archive: may('archive'),
      // An export shows the archive.
      export: may('export') && may('archive'),
      ptz: moves && may('ptz'),
      manage: may('admin'),
    },
  };
}

function statusOf(
  enabled: boolean,
  camera: Camera | undefined,
  trouble: Trouble | undefined,
): CameraView['status'] {
  if (!enabled) return 'STOPPED';
  // It plays, and what was wrong with it is wrong still: no picture has come.
  if (camera?.state === 'playing') return trouble ? 'OFFLINE' : 'LIVE';
  // It has failed before: what it does now is try again.
  return camera === undefined || camera.lastError ? 'OFFLINE' : 'CONNECTING';
}

function streamOf(
  id: string,
  camera: Camera | undefined,
  stream: StreamName,
  meters: StreamMeters,
): CameraStream {
  const parameters = camera?.streamParameters(stream);
  const rates = meters.rates(id, stream);
  return {
    state: camera?.streamState(stream) ?? 'closed',
    ...(parameters && {
      codec: parameters.codec,
      width: parameters.width,
      height: parameters.height,
      ...(parameters.frameRate > 0 && { frameRate: parameters.frameRate }),
    }),
    ...(rates && { frameRate: rates.framesPerSecond, bitsPerSecond: rates.bitsPerSecond }),
  };
}

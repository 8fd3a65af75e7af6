// How long footage is kept: as people set it, and as the recorder takes it.
import type { CameraRetention, RetentionOptions } from '@fluxvision/core';
import type { CameraRegistry } from './cameras/index.js';

/** As the interface has it. */
export interface RetentionSettings {
  maxDays?: number | undefined;
  maxBytes?: number | undefined;
  minFreeBytes?: number | undefined;
}

const DAY_MS = 24 * 3_600_000;

export function retentionOf(
  settings: RetentionSettings,
  cameras: Pick<CameraRegistry, 'ids' | 'settings'>,
): RetentionOptions {
  const perCamera: Record<string, CameraRetention> = {};
  for (const id of cameras.ids()) {
    const { maxDays, maxBytes } = cameras.settings(id).retention;
    if (maxDays !== undefined || maxBytes !== undefined) {
      perCamera[id] = limits({ maxDays, maxBytes });
    }
  }
  const { minFreeBytes } = settings;
  return {
    ...limits(settings),
    ...(minFreeBytes !== undefined && { minFreeBytes }),
    perCamera,
  };
}

function limits({ maxDays, maxBytes }: RetentionSettings): CameraRetention {
  return {
    ...(maxDays !== undefined && { maxAge: maxDays * DAY_MS }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
}

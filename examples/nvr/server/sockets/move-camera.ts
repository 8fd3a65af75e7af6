// A command of pan, tilt and zoom, as clients have it, to the camera.
import { type Camera, FluxError } from '@fluxvision/core';
import type { PtzCommand } from '../../protocol/index.js';

const DEFAULT_MS = 1000;
const MIN_MS = 100;

/** `ERR_INVALID_ARGUMENT`, and codes of the SDK's Ptz. */
export async function moveCamera(camera: Camera, command: PtzCommand): Promise<void> {
  const { ptz } = camera;
  const { action, preset, durationMs = DEFAULT_MS } = command;
  switch (action) {
    case 'move':
      return ptz.continuousMove({ ...axesOf(command), timeoutMs: Math.max(MIN_MS, durationMs) });
    case 'stop':
      return ptz.stop();
    case 'relative':
      return ptz.relativeMove(axesOf(command));
    case 'absolute':
      return ptz.absoluteMove(axesOf(command));
    case 'home':
      return ptz.gotoHome();
    case 'goto-preset':
      return ptz.gotoPreset(required(preset));
    case 'set-preset':
      await ptz.setPreset({ name: required(preset) });
      return;
    case 'remove-preset':
      return ptz.removePreset(required(preset));
  }
}

/** Beyond full speed is full speed. */
function axesOf({ pan, tilt, zoom }: PtzCommand) {
  const bounded = (value: number) => Math.max(-1, Math.min(1, value));
  return {
    ...(pan !== undefined && { pan: bounded(pan) }),
    ...(tilt !== undefined && { tilt: bounded(tilt) }),
    ...(zoom !== undefined && { zoom: bounded(zoom) }),
  };
}

function required(preset: string | undefined): string {
  if (preset !== undefined) return preset;
  throw new FluxError('ERR_INVALID_ARGUMENT', 'preset must be given with this action.');
}

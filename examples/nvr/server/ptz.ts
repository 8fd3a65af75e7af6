// Moves a camera, for routes and sockets alike.
import { isFluxError, type Ptz, type PtzVelocity } from '@fluxvision/core';
import type { PtzCommand } from '../protocol/index.js';
import type { Nvr } from './nvr.js';
import { refusal } from './problem.js';

const DEFAULT_MS = 1000;
const TIMEOUT_MS = 5000;

/**
 * `ERR_CAMERA_NOT_FOUND`, `ERR_STATE` where it is stopped, `ERR_INVALID_ARGUMENT`, and what the camera
 * answers (`ERR_ONVIF_*`). Who may is up to the caller.
 */
export async function moveCamera(nvr: Nvr, id: string, command: PtzCommand): Promise<void> {
  const ptz = ptzOf(nvr, id);
  const options = { timeoutMs: TIMEOUT_MS };
  const { action, durationMs = DEFAULT_MS } = command;
  const preset = () => {
    if (command.preset !== undefined) return command.preset;
    throw refusal('ERR_INVALID_ARGUMENT', `${action} needs a preset.`);
  };
  switch (action) {
    case 'move': {
      const way = axesOf(command);
      // ONVIF's shortest; a shorter push is ended by hand.
      await ptz.continuousMove({ ...way, timeoutMs: Math.max(100, durationMs) }, options);
      return;
    }
    case 'stop':
      return ptz.stop(options);
    case 'relative':
      return ptz.relativeMove(axesOf(command), options);
    case 'absolute':
      return ptz.absoluteMove(absoluteOf(command), options);
    case 'home':
      return goHome(ptz, options);
    case 'goto-preset':
      return ptz.gotoPreset(preset(), options);
    case 'set-preset':
      await ptz.setPreset({ name: preset() }, options);
      return;
    case 'remove-preset':
      return ptz.removePreset(preset(), options);
  }
}

/** As {@link moveCamera}. */
export function ptzOf(nvr: Nvr, id: string): Ptz {
  const { onvifUrl } = nvr.cameras.settings(id);
  const camera = nvr.cameras.camera(id);
  if (onvifUrl === undefined) {
    throw refusal('ERR_ONVIF_UNSUPPORTED', `Camera '${id}' has no ONVIF address. Set one first.`);
  }
  if (!camera) throw refusal('ERR_STATE', `Camera '${id}' is stopped. Start it first.`);
  return camera.ptz;
}

/** Cameras without a home position of their own have a preset of that name, or look straight ahead. */
async function goHome(ptz: Ptz, options: { timeoutMs: number }): Promise<void> {
  try {
    await ptz.gotoHome(options);
  } catch (error) {
    if (!isFluxError(error) || !/^ERR_ONVIF_(FAULT|UNSUPPORTED)$/.test(error.code)) throw error;
    const presets = await ptz.presets(options);
    const home = presets.find(({ name }) => name.toLowerCase() === 'home');
    if (home) await ptz.gotoPreset(home.token, options);
    else await ptz.absoluteMove({ pan: 0, tilt: 0, zoom: 0 }, options);
  }
}

function axesOf({ pan, tilt, zoom }: PtzCommand): PtzVelocity {
  return {
    ...(pan !== undefined && { pan: within(pan) }),
    ...(tilt !== undefined && { tilt: within(tilt) }),
    ...(zoom !== undefined && { zoom: within(zoom) }),
  };
}

function absoluteOf(command: PtzCommand) {
  const { zoom, ...way } = axesOf(command);
  return { ...way, ...(zoom !== undefined && { zoom: Math.max(0, zoom) }) };
}

/** Values beyond 1 mean full speed. */
function within(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

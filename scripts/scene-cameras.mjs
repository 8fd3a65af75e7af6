// Simulated cameras of the painted places, for the demo and for pictures of it.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';
import { OnvifSimulator, RtspSimulator } from '../dist/index.js';
import { filmScene } from './scene-clips.mjs';

/** `scene`: which of the painted places. */
export const places = [
  { id: 'main-gate', name: 'Main gate', scene: 0 },
  { id: 'corridor', name: 'Corridor', scene: 1 },
  { id: 'car-park', name: 'Car park', scene: 2 },
  { id: 'lobby', name: 'Lobby', scene: 3 },
];
/** Of another server. */
export const placesElsewhere = [
  { id: 'server-room', name: 'Server room', scene: 4 },
  { id: 'vault', name: 'Vault', scene: 5 },
];

/**
 * A simulator for each place, since one plays one film; and one that answers ONVIF for them all.
 * @param {string} films the folder of the films, where those of before are still good
 * @param {{ id: string, name: string, scene: number }[]} shown
 * @returns what `NewCamera` of the NVR wants of each, and `close()`
 */
export async function startSceneCameras(films, shown = places) {
  mkdirSync(films, { recursive: true });
  const simulators = [];
  for (const { id, scene } of shown) {
    const main = { width: 1280, height: 720, frameRate: 25, bitrate: '2M' };
    const sub = { width: 640, height: 360, frameRate: 15, bitrate: '500k' };
    const clip = film(join(films, `${id}.mp4`), { seed: scene, ...main });
    const subClip = film(join(films, `${id}-sub.mp4`), { seed: scene, ...sub });
    simulators.push(await RtspSimulator.start({ clip, subClip }));
  }
  const streams = simulators.map(({ urls, subUrls }) => ({ main: urls[0], sub: subUrls[0] }));
  const onvif = await OnvifSimulator.start({ cameras: streams });
  const cameras = shown.map(({ id, name }, at) => ({
    ...{ id, name, url: streams[at].main, subUrl: streams[at].sub },
    ...{ group: 'Demo', onvifUrl: onvif.urls[at] },
    motion: { enabled: true, sensitivity: 50, zones: [] },
  }));
  return {
    cameras,
    close: async () => {
      await onvif.close();
      await Promise.all(simulators.map((simulator) => simulator.close()));
    },
  };
}

function film(file, scene) {
  if (existsSync(file)) return file;
  console.log(`Filming ${relative(process.cwd(), file)}`);
  // Under its name when it is whole.
  const part = file.replace(/\.mp4$/, '.part.mp4');
  filmScene({ file: part, ...scene });
  renameSync(part, file);
  return file;
}

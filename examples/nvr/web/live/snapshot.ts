// Saves the newest picture of a camera, as the server has it: full size, whatever the tile shows.
import type { CameraView } from '../../protocol/cameras.js';
import { path, type ServerConnection } from '../api/index.js';

/** Throws `ApiProblem`. */
export async function saveSnapshot(server: ServerConnection, camera: CameraView): Promise<void> {
  const picture = await server.api.blob(path`/api/cameras/${camera.id}/snapshot`);
  const url = URL.createObjectURL(picture);
  const link = document.createElement('a');
  link.href = url;
  link.download = `${fileName(camera.name)} ${stamp(new Date())}.jpg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_').trim() || 'camera';
}

function stamp(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-');
}

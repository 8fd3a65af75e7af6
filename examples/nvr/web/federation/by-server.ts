// Cameras by the server that has them.
import type { CameraView } from '../../protocol/cameras.js';

export interface ServerCameras {
  /** `''`: the server itself, which comes first. */
  nodeId: string;
  /** Of another server. */
  label: string;
  cameras: CameraView[];
}

/** In the order in which they are given. */
export function camerasByServer(cameras: readonly CameraView[]): ServerCameras[] {
  const servers = new Map<string, ServerCameras>();
  for (const camera of cameras) {
    const nodeId = camera.node?.id ?? '';
    const known = servers.get(nodeId) ?? { nodeId, label: camera.node?.label ?? '', cameras: [] };
    known.cameras.push(camera);
    servers.set(nodeId, known);
  }
  return [...servers.values()].sort((a, b) => Number(a.nodeId !== '') - Number(b.nodeId !== ''));
}

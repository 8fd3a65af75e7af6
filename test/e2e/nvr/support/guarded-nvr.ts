// An NVR with two cameras whose login is a secret: `vault`, which the VIEWER may not see, and `door`, which it
// may; of both there is footage.
import { setTimeout as after } from 'node:timers/promises';
import { RtspSimulator } from '@fluxvision/core';
import { expect } from 'vitest';
import { makeClip } from '../../../unit/clip.js';
import type { Client } from './client.js';
import { startNvr, type TestNvr } from './nvr.js';

/** Password of the cameras. */
export const SECRET = 'Of-The-Vault-7719';

export interface Footage {
  id: string;
  start: number;
  end: number;
}

export interface GuardedNvr {
  nvr: TestNvr;
  admin: Client;
  viewer: Client;
  vault: Footage;
  door: Footage;
  close(): Promise<void>;
}

export async function startGuardedNvr(): Promise<GuardedNvr> {
  const nvr = await startNvr({ viewerCameras: ['door'] });
  const clip = makeClip(nvr.storage, { seconds: 2 });
  const simulator = await RtspSimulator.start({
    ...{ clip, cameras: 2, username: 'root', password: SECRET },
  });
  const close = async () => {
    await nvr.close();
    await simulator.close();
  };
  try {
    const [a = '', b = ''] = simulator.urls;
    const login = { username: 'root', password: SECRET };
    await nvr.nvr.cameras.add({ id: 'door', name: 'Door', url: a, ...login });
    const url = b.replace('//', `//root:${SECRET}@`);
    await nvr.nvr.cameras.add({ id: 'vault', name: 'Vault', url });
    const [admin, viewer] = [await nvr.login('ADMIN'), await nvr.login('VIEWER')];
    await Promise.all(['door', 'vault'].map((id) => recorded(nvr, id)));
    const [vault, door] = [await newest(admin, 'vault'), await newest(admin, 'door')];
    return { nvr, admin, viewer, vault, door, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A whole segment is there, and the camera goes on. */
async function recorded({ nvr: { recorder, cameras } }: TestNvr, id: string): Promise<void> {
  while ((recorder.stats().cameras[id]?.writer.bytesWritten ?? 0) === 0) await after(50);
  await after(500);
  await cameras.enable(id, false);
  await cameras.enable(id, true);
}

async function newest(admin: Client, camera: string): Promise<Footage> {
  const { json } = await admin.get(`/api/recordings?camera=${camera}&first=newest`);
  expect(json.items.length).toBeGreaterThan(0);
  return json.items.at(-1);
}

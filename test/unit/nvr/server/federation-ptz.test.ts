// A camera of another server is moved from here: by who may here, as far as its own server lets this one.
import { OnvifSimulator, RtspSimulator } from '@fluxvision/core';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { makeClip } from '../../clip.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { addNode, type FederatedServer, listenShared } from './federated.js';
import { userOf } from './served.js';

let home: FederatedServer;
let node: FederatedServer;

beforeAll(async () => {
  home = await listenShared('Home');
  node = await listenShared('Node');
  expect((await addNode(home, node)).statusCode).toBe(201);
});

it('moves, and goes to its presets', async () => {
  const login = { username: 'operator', password: 'a camera of its own' };
  const camera = await RtspSimulator.start({
    clip: makeClip(temporaryDirectory(), { seconds: 1 }),
  });
  onTestFinished(() => camera.close());
  const url = camera.urls[0] as string;
  const onvif = await OnvifSimulator.start({ ...login, cameras: [{ main: url }] });
  onTestFinished(() => onvif.close());
  const body = { id: 'gate', name: 'Gate', url, onvifUrl: onvif.urls[0], ...login };
  const added = await node.ask('POST', '/api/cameras', { token: node.admin, body });
  expect(added.statusCode).toBe(201);
  const at = `/api/cameras/gate@${node.id}/ptz`;
  const move = (command: object, token = home.admin) =>
    home.ask('POST', at, { token, body: command });

  const there = { action: 'absolute', pan: 0.5, tilt: 0, zoom: 0.25 };
  expect((await move(there)).statusCode).toBe(204);
  await vi.waitFor(() => expect(onvif.state().position).toMatchObject({ pan: 0.5, zoom: 0.25 }));
  expect((await move({ action: 'set-preset', preset: 'Barrier' })).statusCode).toBe(204);
  expect((await move({ action: 'home' })).statusCode).toBe(204);
  await vi.waitFor(() => expect(onvif.state().position.pan).toBe(0));
  const presets = (await home.ask('GET', `${at}/presets`, { token: home.admin })).json().items;
  const { token: preset } = presets.find(({ name }: { name: string }) => name === 'Barrier');
  expect((await move({ action: 'goto-preset', preset })).statusCode).toBe(204);
  await vi.waitFor(() => expect(onvif.state().position.pan).toBe(0.5));

  const viewer = await userOf(home, 'VIEWER');
  expect((await move({ action: 'home' }, viewer)).statusCode).toBe(403);
  expect(onvif.state().position.pan).toBe(0.5);
});

import { expect, it } from 'vitest';
import { serve, userOf } from '../server/served.js';

it('has metrics for administrators and for keys of that scope, and for nobody else', async () => {
  const served = await serve();
  const admin = await served.setUp();
  const { ask } = served;
  const body = { id: 'door', name: '"} evil 1', url: 'rtsp://user:secret@127.0.0.1:1/x' };
  const open = { ...body, url: 'rtsp://127.0.0.1:1/x', username: 'user', password: 'secret' };
  expect((await ask('POST', '/api/cameras', { token: admin, body: open })).statusCode).toBe(201);
  const answer = await ask('GET', '/metrics', { token: admin });
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toMatch(/^fluxvision_up 1$/m);
  expect(answer.body).toMatch(/^fluxvision_camera_playing\{camera="door"\} 0$/m);
  expect(answer.body).toMatch(/^# TYPE fluxvision_camera_frames_total counter$/m);
  expect(answer.body).not.toMatch(/secret|evil|127\.0\.0\.1/);

  const keyFor = async (scope: string) => {
    const made = await ask('POST', '/api/system/api-keys', {
      ...{ token: admin, body: { label: scope, scopes: [scope] } },
    });
    return made.json().key as string;
  };
  const scraped = async (scope: string) => {
    const headers = { 'x-nvr-auth': await keyFor(scope) };
    return (await ask('GET', '/metrics', { headers })).statusCode;
  };
  expect(await scraped('metrics')).toBe(200);
  expect(await scraped('media')).toBe(403);
  expect((await ask('GET', '/metrics')).statusCode).toBe(401);
  const operator = await userOf(served, 'OPERATOR');
  expect((await ask('GET', '/metrics', { token: operator })).statusCode).toBe(403);
});

// The simulated ONVIF camera as others see it: the npm package's own client, and SOAP by hand.
import { createHash, randomBytes } from 'node:crypto';
import onvif from 'onvif';
import { expect, it } from 'vitest';
import { Camera, OnvifSimulator } from '../../../src/index.js';
import { find, parseXml, textAt, type XmlElement } from '../../../src/onvif/index.js';
import { PtzState } from '../../../src/simulator/onvif/ptz-state.js';
import { simulatedOnvif, urlOf } from '../onvif/simulated.js';
import { until } from '../recording/recorded.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const start = simulatedOnvif(2);
// The package hashes a password as ASCII and writes the name unescaped.
const LOGIN = { username: 'admin', password: 'hunter2' };

type Callback = (error: Error | null, data: unknown) => void;

/** Calls a method of the package's client. */
function ask<T>(cam: object, method: string, ...args: unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = (cam as Record<string, (...all: unknown[]) => void>)[method] as (
      ...all: unknown[]
    ) => void;
    const done: Callback = (error, data) => (error ? reject(error) : resolve(data as T));
    call.call(cam, ...args, done);
  });
}

it.each([true, false])("serves the package's own client (Media2: %s)", async (media2) => {
  const simulator = await start({ ...LOGIN, media2 });
  const { hostname, port, pathname } = new URL(urlOf(simulator));
  const cam = new onvif.Cam({
    hostname,
    port: Number(port),
    path: pathname,
    ...LOGIN,
    autoconnect: false,
  });
  await ask(cam, 'connect');
  expect(await ask(cam, 'getDeviceInformation')).toMatchObject({ model: 'Simulator' });
  expect(await ask(cam, 'getCapabilities')).toMatchObject({ PTZ: { XAddr: expect.any(String) } });
  const profiles = await ask<{ $: { token: string } }[]>(cam, 'getProfiles');
  expect(profiles.map(({ $ }) => $.token)).toEqual(['profile_main', 'profile_sub']);
  expect(await ask(cam, 'getStreamUri', { protocol: 'RTSP' })).toMatchObject({
    uri: expect.stringMatching(/^rtsp:.*\/cam1\/main$/),
  });
  expect(Object.keys(await ask<object>(cam, 'getNodes'))).toEqual(['node1']);
  expect(await ask(cam, 'getConfigurationOptions', 'ptz1')).toMatchObject({
    spaces: { absolute: { zoom: { min: 0, max: 1 } } },
  });
  await ask(cam, 'absoluteMove', { x: 0.1, y: -0.1, zoom: 0.1 });
  await until(() => simulator.state().position.zoom > 0.1 - 1e-9);
  expect(await ask(cam, 'getStatus')).toMatchObject({ position: { x: 0.1, y: -0.1, zoom: 0.1 } });
  await ask(cam, 'setPreset', { presetName: 'gate' });
  expect(Object.keys(await ask<object>(cam, 'getPresets', {}))).toEqual(['gate']);
  expect(await ask(cam, 'getImagingSettings', { token: 'vs1' })).toMatchObject({ brightness: 50 });
  await ask(cam, 'createPullPointSubscription');
  const pulled = await ask<{ notificationMessage: unknown }>(cam, 'pullMessages', {});
  expect(pulled.notificationMessage).toBeDefined();
  await ask(cam, 'renew', {});
  await ask(cam, 'unsubscribe');
  expect(simulator.state().subscriptions).toBe(0);
});

interface Token {
  username?: string;
  password?: string;
  created?: Date;
  nonce?: Buffer;
}

/** A request by hand, as UsernameToken Profile 1.0 describes it. */
function envelope(body: string, token?: Token): string {
  const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
  let security = '';
  if (token) {
    const { username, password, created = new Date(), nonce = randomBytes(16) } = token;
    const time = created.toISOString();
    const digest = createHash('sha1')
      .update(nonce)
      .update(time)
      .update(password ?? LOGIN.password)
      .digest('base64');
    security =
      `<w:Security xmlns:w="${wsse}-wssecurity-secext-1.0.xsd" xmlns:u="${wsse}-wssecurity-utility-1.0.xsd"><w:UsernameToken>` +
      `<w:Username>${username ?? LOGIN.username}</w:Username><w:Password Type="${wsse}-username-token-profile-1.0#PasswordDigest">${digest}</w:Password>` +
      `<w:Nonce>${nonce.toString('base64')}</w:Nonce><u:Created>${time}</u:Created></w:UsernameToken></w:Security>`;
  }
  return `<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>${security}</e:Header><e:Body>${body}</e:Body></e:Envelope>`;
}

async function post(url: string, body: string): Promise<{ status: number; body: XmlElement }> {
  const response = await fetch(url, { method: 'POST', body });
  const answer = parseXml(await response.text());
  return { status: response.status, body: find(answer, 'Body')?.children[0] as XmlElement };
}

function subcode(fault: XmlElement): string {
  const inner = textAt(fault, 'Code', 'Subcode', 'Subcode', 'Value');
  return inner || textAt(fault, 'Code', 'Subcode', 'Value');
}

const INFORMATION = '<GetDeviceInformation xmlns="http://www.onvif.org/ver10/device/wsdl"/>';
const profilesBody = '<GetProfiles xmlns="http://www.onvif.org/ver10/media/wsdl"/>';

it('tells anyone the time, and only the user more', async () => {
  const simulator = await start({ ...LOGIN, authentication: 'usernameToken' });
  const url = urlOf(simulator);
  const clock = '<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>';
  const { status, body } = await post(url, envelope(clock));
  expect(status).toBe(200);
  const year = textAt(body, 'SystemDateAndTime', 'UTCDateTime', 'Date', 'Year');
  expect(Number(year)).toBe(new Date().getUTCFullYear());
  expect((await post(url, envelope(INFORMATION, {}))).body.name).toBe(
    'GetDeviceInformationResponse',
  );
  for (const token of [
    undefined,
    { password: 'wrong' },
    { username: 'nobody' },
    { created: new Date(Date.now() - 120_000) },
    { created: new Date(Date.now() + 120_000) },
    { nonce: Buffer.alloc(0) },
  ]) {
    const refused = await post(url, envelope(INFORMATION, token));
    expect(refused.status).toBe(400);
    expect(textAt(refused.body, 'Code', 'Value')).toBe('s:Sender');
    expect(subcode(refused.body)).toBe('ter:NotAuthorized');
  }
});

it('takes a token once', async () => {
  const simulator = await start(LOGIN);
  const request = envelope(INFORMATION, {});
  expect((await post(urlOf(simulator), request)).status).toBe(200);
  const again = await post(urlOf(simulator), request);
  expect(again.status).toBe(400);
  expect(textAt(again.body, 'Reason', 'Text')).toContain('nonce');
  // Of the other camera too: the two are one host.
  expect((await post(urlOf(simulator, 2), request)).status).toBe(400);
});

it('asks for Digest where there are no credentials, and refuses a repeated one', async () => {
  const simulator = await start(LOGIN);
  const response = await fetch(urlOf(simulator), { method: 'POST', body: envelope(INFORMATION) });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Digest realm=.*nonce="[\da-f]{32}"/);
  const { chooseChallenge, digestAuthorization } = await import('../../../src/onvif/digest.js');
  const challenge = chooseChallenge([response.headers.get('www-authenticate') as string]);
  const url = urlOf(simulator);
  const authorization = digestAuthorization(challenge as NonNullable<typeof challenge>, {
    ...LOGIN,
    method: 'POST',
    uri: new URL(url).pathname,
    nonceCount: 1,
  });
  const send = () =>
    fetch(url, { method: 'POST', body: envelope(INFORMATION), headers: { authorization } });
  expect((await send()).status).toBe(200);
  expect((await send()).status).toBe(401);
});

it.each([
  [
    'ptz_service',
    'ptz',
    '<GetStatus xmlns="NS"><ProfileToken>no</ProfileToken></GetStatus>',
    'ter:NoProfile',
  ],
  [
    'ptz_service',
    'ptz',
    '<ContinuousMove xmlns="NS"><ProfileToken>profile_main</ProfileToken><Velocity><PanTilt x="2" y="0"/></Velocity></ContinuousMove>',
    'ter:InvalidVelocity',
  ],
  [
    'ptz_service',
    'ptz',
    '<AbsoluteMove xmlns="NS"><ProfileToken>profile_main</ProfileToken><Position><Zoom x="-0.1"/></Position></AbsoluteMove>',
    'ter:InvalidPosition',
  ],
  [
    'ptz_service',
    'ptz',
    '<GotoPreset xmlns="NS"><ProfileToken>profile_main</ProfileToken><PresetToken>no</PresetToken></GotoPreset>',
    'ter:NoToken',
  ],
  ['ptz_service', 'ptz', '<Fly xmlns="NS"/>', 'ter:ActionNotSupported'],
  ['ptz_service', 'ptz', '<constructor xmlns="NS"/>', 'ter:ActionNotSupported'],
  ['ptz_service', 'imaging', '<GetNodes xmlns="NS"/>', 'ter:ActionNotSupported'],
  [
    'imaging_service',
    'imaging',
    '<GetImagingSettings xmlns="NS"><VideoSourceToken>no</VideoSourceToken></GetImagingSettings>',
    'ter:NoSource',
  ],
  ['ptz_service', 'ptz', '<!DOCTYPE x><GetNodes xmlns="NS"/>', 'ter:WellFormed'],
  ['ptz_service', 'ptz', '', 'ter:WellFormed'],
])('answers %s %s %.60s with a fault %s', async (service, namespace, body, code) => {
  const simulator = await start();
  const url = urlOf(simulator).replace('device_service', service);
  const request = body.replace('NS', `http://www.onvif.org/ver20/${namespace}/wsdl`);
  const { body: fault } = await post(url, envelope(request));
  expect(fault.name).toBe('Fault');
  expect(subcode(fault)).toBe(code);
});

it('refuses requests that are too large or no SOAP', async () => {
  const simulator = await start();
  const large = await fetch(urlOf(simulator), {
    method: 'POST',
    body: Buffer.alloc(300_000, 0x20),
  }).catch(() => undefined);
  expect(large?.status ?? 413).toBe(413);
  expect((await post(urlOf(simulator), '<hello/>')).status).toBe(400);
  expect((await fetch(urlOf(simulator))).status).toBe(404);
  const media = urlOf(simulator, 2).replace('device', 'media');
  expect((await post(media, envelope(profilesBody))).body.name).toBe('GetProfilesResponse');
});

it('keeps the cameras apart', async () => {
  const simulator = await start();
  const url = urlOf(simulator, 2).replace('device_service', 'ptz_service');
  await post(
    url,
    envelope(
      '<ContinuousMove xmlns="http://www.onvif.org/ver20/ptz/wsdl"><ProfileToken>profile_main</ProfileToken><Velocity><PanTilt x="1" y="0"/></Velocity></ContinuousMove>',
    ),
  );
  await until(() => simulator.state(2).position.pan > 0);
  expect(simulator.state(1).position.pan).toBe(0);
  expect(thrownBy(() => simulator.state(3)).code).toBe('ERR_INVALID_ARGUMENT');
});

it('is found by multicast and when asked by itself', async () => {
  const simulator = await start({ discovery: { port: 0, interfaceAddress: '127.0.0.1' } });
  const port = simulator.discoveryPort as number;
  for (const where of [{ interfaces: ['127.0.0.1'] }, { hosts: ['127.0.0.1'] }]) {
    const found = await Camera.discover({ ...where, port, timeoutMs: 500 });
    expect(found.map(({ addresses }) => addresses[0]).sort()).toEqual(simulator.urls);
    expect(found.map(({ name }) => name).sort()).toEqual([
      'Simulated camera 1',
      'Simulated camera 2',
    ]);
  }
});

it('says which interface is not there, and stops looking when told', async () => {
  const missing = await rejectionOf(() => Camera.discover({ interfaces: ['nowhere0'] }));
  expect(missing.code).toBe('ERR_NOT_FOUND');
  expect(missing.message).toContain('lo');
  const wrong = await rejectionOf(() => Camera.discover({ hosts: ['camera.local'] }));
  expect(wrong.code).toBe('ERR_INVALID_ARGUMENT');
  const controller = new AbortController();
  const looking = rejectionOf(() =>
    Camera.discover({ hosts: ['127.0.0.1'], timeoutMs: 60_000, signal: controller.signal }),
  );
  setImmediate(() => controller.abort());
  expect((await looking).code).toBe('ERR_ABORTED');
});

it('cannot start where the port is taken or there is no camera', async () => {
  const simulator = await start();
  const cameras = [{ main: 'rtsp://127.0.0.1:1/x' }];
  const none = await rejectionOf(() => OnvifSimulator.start({ cameras: [] }));
  expect(none.code).toBe('ERR_INVALID_ARGUMENT');
  const taken = await rejectionOf(() => start({ port: simulator.port }));
  expect(taken.code).toBe('ERR_ADDRESS_IN_USE');
  const unknown = await rejectionOf(() =>
    OnvifSimulator.start({ cameras, sub: 1 } as unknown as { cameras: typeof cameras }),
  );
  expect(unknown.code).toBe('ERR_INVALID_ARGUMENT');
});

it('moves by the clock: velocity, bounds, timeouts and targets', () => {
  let now = 0;
  const ptz = new PtzState(() => now);
  ptz.move({ pan: 0.5, zoom: -1 }, 1000);
  now = 500;
  expect(ptz.position).toEqual({ pan: 0.25, tilt: 0, zoom: 0 });
  expect([ptz.moving('pan'), ptz.moving('zoom')]).toEqual([true, false]);
  now = 5000;
  expect(ptz.position.pan).toBe(0.5);
  expect(ptz.moving('pan')).toBe(false);
  ptz.move({ pan: 1 }, 60_000);
  now = 9000;
  expect(ptz.position.pan).toBe(1);
  expect(ptz.moving('pan')).toBe(false);
  ptz.goTo({ pan: -5, tilt: 0.5 }, 0.5);
  now = 10_000;
  expect(ptz.position).toMatchObject({ pan: 0.5, tilt: 0.5 });
  ptz.stop('pan');
  now = 20_000;
  expect(ptz.position.pan).toBe(0.5);
  ptz.goTo({ pan: -5 });
  now = 30_000;
  expect(ptz.position.pan).toBe(-1);
});

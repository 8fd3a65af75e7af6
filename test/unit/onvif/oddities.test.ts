// Devices that do things their own way, as seen in the field.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Camera, type CameraTlsOptions, OnvifDevice, type OnvifEvent } from '../../../src/index.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';

interface Asked {
  operation: string;
  body: string;
  path: string;
}

type Answer = string | ((asked: Asked) => string);

const FAULT = (code: string) =>
  `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text>as it is</s:Text></s:Reason></s:Fault>`;
const PROFILES =
  '<GetProfilesResponse><Profiles token="007"><Name>1e3</Name></Profiles></GetProfilesResponse>';

/** A device of `answers` by operation; the rest it does not know. */
function device(answers: Record<string, Answer>, asked: Asked[] = []): RequestListener {
  return async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const operation = /<s:Body[^>]*>\s*<(\w+)/.exec(body)?.[1] ?? '';
    const one = { operation, body, path: request.url ?? '' };
    asked.push(one);
    const answer = answers[operation] ?? FAULT('ActionNotSupported');
    response.end(
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${typeof answer === 'string' ? answer : answer(one)}</s:Body></s:Envelope>`,
    );
  };
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const INFORMATION =
  '<GetDeviceInformationResponse><Model>Odd</Model></GetDeviceInformationResponse>';

function services(...names: [namespace: string, path: string][]): string {
  return `<GetServicesResponse>${names
    .map(
      ([namespace, path]) =>
        `<Service><Namespace>http://www.onvif.org/${namespace}/wsdl</Namespace><XAddr>http://10.9.8.7/${path}</XAddr></Service>`,
    )
    .join('')}</GetServicesResponse>`;
}

it('asks for capabilities where there is no GetServices', async () => {
  const asked: Asked[] = [];
  const host = await listening(
    device(
      {
        GetCapabilities:
          '<GetCapabilitiesResponse><Capabilities><Media><XAddr>http://10.9.8.7/m</XAddr></Media></Capabilities></GetCapabilitiesResponse>',
        GetDeviceInformation: INFORMATION,
        GetProfiles: PROFILES,
      },
      asked,
    ),
  );
  const odd = await OnvifDevice.connect({ host });
  expect(odd.capabilities).toMatchObject({ media: true, media2: false, ptz: false });
  // Tokens stay as they are written, however much they look like numbers.
  expect(await odd.profiles()).toMatchObject([{ token: '007', name: '1e3', video: undefined }]);
  expect(asked.at(-1)?.path).toBe('/m');
  expect((await rejectionOf(() => odd.streams())).code).toBe('ERR_ONVIF_UNSUPPORTED');
  expect((await rejectionOf(() => odd.ptz().stop())).code).toBe('ERR_ONVIF_UNSUPPORTED');
  expect((await rejectionOf(() => odd.imaging())).message).toContain('no video source');
});

it('takes Media where Media2 is named and fails', async () => {
  const asked: Asked[] = [];
  const host = await listening(
    device(
      {
        GetServices: services(['ver10/media', 'm'], ['ver20/media', 'm2']),
        GetDeviceInformation: INFORMATION,
        GetProfiles: ({ path }) => (path === '/m' ? PROFILES : FAULT('Action')),
        GetStreamUri:
          '<GetStreamUriResponse><MediaUri><Uri>rtsp://127.0.0.1/s</Uri></MediaUri></GetStreamUriResponse>',
      },
      asked,
    ),
  );
  const odd = await OnvifDevice.connect({ host });
  expect(await odd.profiles()).toHaveLength(1);
  await odd.streamUri('007');
  expect(asked.map(({ path }) => path).slice(-3)).toEqual(['/m2', '/m', '/m']);
});

it('tells the time only to whom it knows, and is told the password then', async () => {
  const time =
    '<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Time><Hour>1</Hour><Minute>2</Minute><Second>3</Second></Time><Date><Year>2001</Year><Month>2</Month><Day>3</Day></Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>';
  const asked: Asked[] = [];
  const host = await listening(
    device(
      {
        GetSystemDateAndTime: ({ body }) =>
          body.includes('UsernameToken') ? time : FAULT('NotAuthorized'),
        GetServices: services(['ver10/media', 'm']),
        GetDeviceInformation: INFORMATION,
      },
      asked,
    ),
  );
  const odd = await OnvifDevice.connect({ host, username: 'admin', password: '' });
  const created = /<Created[^>]*>([^<]*)</.exec(asked.at(-1)?.body ?? '')?.[1] ?? '';
  expect(created).toMatch(/^2001-02-03T01:02:0/);
  expect(odd.clockOffsetMs).toBeLessThan(0);
});

it('ignores a clock that is no date', async () => {
  for (const year of ['-1', '99999999', 'soon', '1e400']) {
    const clock = `<r><SystemDateAndTime><UTCDateTime><Time><Hour>1</Hour><Minute>2</Minute><Second>3</Second></Time><Date><Year>${year}</Year><Month>2</Month><Day>3</Day></Date></UTCDateTime></SystemDateAndTime></r>`;
    const host = await listening(
      device({
        GetSystemDateAndTime: clock,
        GetServices: services(['ver10/media', 'm']),
        GetDeviceInformation: INFORMATION,
      }),
    );
    const odd = await OnvifDevice.connect({ host, username: 'u', password: 'p' });
    expect(odd.clockOffsetMs).toBe(0);
  }
});

it('repeats the reference parameters of a subscription, and asks the host that was asked', async () => {
  const asked: Asked[] = [];
  const host = await listening(
    device(
      {
        GetServices: services(['ver10/events', 'e']),
        GetDeviceInformation: INFORMATION,
        CreatePullPointSubscription:
          '<r><SubscriptionReference><Address>http://10.9.8.7/pull?i=1&amp;j=2</Address><ReferenceParameters><ax:SubscriptionId xmlns:ax="urn:axis">a&lt;b</ax:SubscriptionId></ReferenceParameters></SubscriptionReference></r>',
        PullMessages:
          '<r><NotificationMessage><Topic>tns1:VideoSource/MotionAlarm</Topic><Message><Message><Data><SimpleItem Name="State" Value="true"/></Data></Message></Message></NotificationMessage></r>',
        Unsubscribe: '<r/>',
      },
      asked,
    ),
  );
  const odd = await OnvifDevice.connect({ host });
  const heard: OnvifEvent[] = [];
  for await (const event of odd.events()) {
    heard.push(event);
    break;
  }
  expect(heard[0]).toMatchObject({ motion: true, operation: undefined });
  const last = asked.slice(-2);
  expect(last.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
    'PullMessages /pull?i=1&j=2',
    'Unsubscribe /pull?i=1&j=2',
  ]);
  for (const { body } of last) {
    expect(body).toContain(
      '<SubscriptionId xmlns="urn:axis" a:IsReferenceParameter="true">a&lt;b</SubscriptionId>',
    );
  }
});

it('throws where a device has no events, and where the password stopped to be right', async () => {
  const none = await listening(
    device({ GetServices: services(['ver10/media', 'm']), GetDeviceInformation: INFORMATION }),
  );
  const mute = await OnvifDevice.connect({ host: none });
  expect((await rejectionOf(() => mute.events().next())).code).toBe('ERR_ONVIF_UNSUPPORTED');
  const changed = await listening(
    device({
      GetServices: services(['ver10/events', 'e']),
      GetDeviceInformation: INFORMATION,
      CreatePullPointSubscription: FAULT('NotAuthorized'),
    }),
  );
  const closed = await OnvifDevice.connect({ host: changed, username: 'u', password: 'p' });
  expect((await rejectionOf(() => closed.events().next())).code).toBe('ERR_ONVIF_UNAUTHORIZED');
});

it("checks the certificate of a camera with TLS, unless told the camera's own", async () => {
  const directory = temporaryDirectory();
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', keyFile, '-out', certFile, '-days', '2', '-subj', '/CN=camera'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  const ca = readFileSync(certFile);
  const server = createTlsServer(
    { key: readFileSync(keyFile), cert: ca },
    device({ GetServices: services(['ver10/media', 'm']), GetDeviceInformation: INFORMATION }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const refused = await rejectionOf(() => OnvifDevice.connect({ url }));
  expect(refused.code).toBe('ERR_ONVIF_UNREACHABLE');
  expect(refused.message).toContain('tls: { ca }');
  expect((await OnvifDevice.connect({ url, tls: { ca } })).information.model).toBe('Odd');
  // Of a camera's own side it believes what the camera's streams believe.
  const keyFrame = async (tls: CameraTlsOptions) => {
    const camera = new Camera({ id: 'odd', url: 'rtsps://127.0.0.1:1/', tls, onvif: { url } });
    onTestFinished(() => camera.close());
    return (await rejectionOf(() => camera.requestKeyFrame())).code;
  };
  expect(await keyFrame({})).toBe('ERR_ONVIF_UNREACHABLE');
  expect(await keyFrame({ ca })).not.toBe('ERR_ONVIF_UNREACHABLE');
  const any = await OnvifDevice.connect({ url, tls: { rejectUnauthorized: false } });
  expect(any.url).toMatch(/^https:.*\/onvif\/device_service$/);
});

// What strangers answer: nothing of it may hang, fill the memory, or take a password elsewhere.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { OnvifDevice } from '../../../src/index.js';
import { until } from '../recording/recorded.js';
import { rejectionOf } from '../thrown.js';

const LOGIN = { username: 'admin', password: 'hunter2' };

interface Stranger {
  url: string;
  /** The bodies that came. */
  bodies: string[];
  /** The Authorization headers that came. */
  authorizations: string[];
}

/** An HTTP server on any port; `answer` gets the name of the operation that was asked. */
async function stranger(
  answer: (operation: string, response: ServerResponse, self: Stranger) => void,
  host = '127.0.0.1',
): Promise<Stranger> {
  const self: Stranger = { url: '', bodies: [], authorizations: [] };
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    self.bodies.push(body);
    if (request.headers.authorization) self.authorizations.push(request.headers.authorization);
    const operation = /<s:Body[^>]*>\s*<(\w+)/.exec(body)?.[1] ?? request.method ?? '';
    answer(operation, response, self);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  self.url = `http://${host}:${(server.address() as AddressInfo).port}/onvif/device_service`;
  return self;
}

function soap(body: string): string {
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;
}

/** A device that is well up to one operation, at which it answers with `twist`. */
function camera(twist: Record<string, string> = {}) {
  return (operation: string, response: ServerResponse, self: Stranger) => {
    const media = self.url.replace('device_service', 'media');
    const answers: Record<string, string> = {
      GetSystemDateAndTime: '<x/>',
      GetServices: `<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>${media}</XAddr></Service></GetServicesResponse>`,
      GetDeviceInformation: '<GetDeviceInformationResponse/>',
      GetProfiles:
        '<GetProfilesResponse><Profiles token="p"><Name>p</Name><VideoEncoderConfiguration><Encoding>H264</Encoding></VideoEncoderConfiguration></Profiles></GetProfilesResponse>',
      ...twist,
    };
    response.end(soap(answers[operation] ?? '<Fault/>'));
  };
}

async function refusal(answer: (response: ServerResponse) => void) {
  const { url } = await stranger((_operation, response) => answer(response));
  return rejectionOf(() => OnvifDevice.connect({ url, ...LOGIN, timeoutMs: 1000 }));
}

it.each([
  ['a body of 10 MB', (response: ServerResponse) => response.end(Buffer.alloc(10_000_000, 0x20))],
  [
    'a body without end and without length',
    (response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    },
  ],
  ['nothing', (response: ServerResponse) => response.end()],
  [
    'HTML',
    (response: ServerResponse) => response.end('<!DOCTYPE html><html><body>Hi</body></html>'),
  ],
  ['garbage', (response: ServerResponse) => response.end(Buffer.from([0, 255, 60, 33, 91, 0]))],
  ['half of an envelope', (response: ServerResponse) => response.end(soap('<a>').slice(0, 90))],
  ['XML that is no SOAP', (response: ServerResponse) => response.end('<hello/>')],
  ['an empty body', (response: ServerResponse) => response.end(soap(''))],
  [
    'an entity of a local file',
    (response: ServerResponse) =>
      response.end(
        `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${soap('<GetDeviceInformationResponse><Model>&f;</Model></GetDeviceInformationResponse>')}`,
      ),
  ],
  [
    'a billion laughs',
    (response: ServerResponse) => {
      const entities = Array.from(
        { length: 9 },
        (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
      );
      response.end(`<!DOCTYPE l [<!ENTITY l0 "lol">${entities.join('')}]>${soap('<a>&l9;</a>')}`);
    },
  ],
  [
    'entities that nobody declared',
    (response: ServerResponse) => response.end(soap('<a>&lol;</a>')),
  ],
  ['a million levels', (response: ServerResponse) => response.end(soap('<a>'.repeat(300_000)))],
  ['a million elements', (response: ServerResponse) => response.end(soap('<a/>'.repeat(400_000)))],
  [
    'text that would take a careless expression for ever',
    (response: ServerResponse) => response.end(`${'xmlns'.repeat(300_000)}`),
  ],
])('refuses %s', async (_what, answer) => {
  expect((await refusal(answer as (response: ServerResponse) => void)).code).toBe(
    'ERR_ONVIF_ANSWER',
  );
});

it('gives up on an answer that comes byte by byte', async () => {
  const error = await refusal((response) => {
    const text = soap('<a/>'.repeat(1000));
    let at = 0;
    const timer = setInterval(() => {
      if (response.destroyed || at >= text.length) clearInterval(timer);
      else response.write(text[at++]);
    }, 20);
  });
  expect(error.code).toBe('ERR_TIMEOUT');
  expect(error.message).toContain('1000 ms');
});

it('gives up on a server that says nothing, and on headers without end', async () => {
  for (const answer of [
    () => undefined,
    (socket: Socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('X-More: '.padEnd(1000, 'x').concat('\r\n')));
        if (!socket.destroyed) socket.once('drain', more);
      };
      socket.write('HTTP/1.1 200 OK\r\n');
      more();
    },
    (socket: Socket) => socket.end('RTSP/1.0 400 Bad Request\r\n\r\n'),
  ]) {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      answer(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const error = await rejectionOf(() => OnvifDevice.connect({ host, timeoutMs: 500 }));
    expect(['ERR_TIMEOUT', 'ERR_ONVIF_ANSWER']).toContain(error.code);
  }
});

it('does not follow a redirect, and sends no password after it', async () => {
  const elsewhere = await stranger(camera());
  const error = await refusal((response) => {
    response.writeHead(307, { location: elsewhere.url });
    response.end();
  });
  expect(error.code).toBe('ERR_ONVIF_ANSWER');
  expect(elsewhere.bodies).toEqual([]);
});

it('asks services only of the host that was asked, whatever host is reported', async () => {
  const elsewhere = await stranger(camera(), '127.0.0.2');
  const here = await stranger(
    camera({
      GetServices: `<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>${elsewhere.url}</XAddr></Service></GetServicesResponse>`,
    }),
  );
  const device = await OnvifDevice.connect({
    url: here.url,
    ...LOGIN,
    useRequestHost: false,
    allowForeignHosts: true,
  });
  expect(await device.profiles()).toHaveLength(1);
  expect(elsewhere.bodies).toEqual([]);
});

it('fetches the snapshot of a foreign host, where that is allowed, without credentials', async () => {
  const elsewhere = await stranger((_operation, response) => {
    response.writeHead(401, { 'www-authenticate': 'Digest realm="x", nonce="y", qop="auth"' });
    response.end();
  }, '127.0.0.2');
  const here = await stranger(
    camera({
      GetSnapshotUri: `<GetSnapshotUriResponse><MediaUri><Uri>${elsewhere.url}</Uri></MediaUri></GetSnapshotUriResponse>`,
    }),
  );
  const device = await OnvifDevice.connect({
    url: here.url,
    ...LOGIN,
    useRequestHost: false,
    allowForeignHosts: true,
  });
  expect((await rejectionOf(() => device.snapshot())).code).toBe('ERR_ONVIF_UNAUTHORIZED');
  expect(elsewhere.bodies).toHaveLength(1);
  expect(elsewhere.authorizations).toEqual([]);
});

it.each(['file:///etc/passwd', 'javascript:alert(1)', 'rtsp://', 'not an address', ''])(
  'refuses the stream address %j',
  async (uri) => {
    const here = await stranger(
      camera({
        GetStreamUri: `<GetStreamUriResponse><MediaUri><Uri>${uri}</Uri></MediaUri></GetStreamUriResponse>`,
      }),
    );
    const device = await OnvifDevice.connect({ url: here.url });
    expect((await rejectionOf(() => device.streamUri('p'))).code).toBe('ERR_ONVIF_ANSWER');
  },
);

it('leaves out the credentials that a camera puts into an address', async () => {
  const here = await stranger(
    camera({
      GetStreamUri:
        '<GetStreamUriResponse><MediaUri><Uri>rtsp://root:toor@127.0.0.1/live</Uri></MediaUri></GetStreamUriResponse>',
    }),
  );
  const device = await OnvifDevice.connect({ url: here.url });
  expect(await device.streamUri('p')).toMatchObject({ uri: 'rtsp://127.0.0.1/live' });
});

it('never answers Basic, which would show the password', async () => {
  const here = await stranger((_operation, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' });
    response.end();
  });
  const error = await rejectionOf(() => OnvifDevice.connect({ url: here.url, ...LOGIN }));
  expect(error.code).toBe('ERR_ONVIF_UNAUTHORIZED');
  expect(here.authorizations).toEqual([]);
  expect(here.bodies.join()).not.toContain(LOGIN.password);
});

it('asks a camera that challenges for ever only a few times', async () => {
  let nonce = 0;
  const here = await stranger((_operation, response) => {
    const challenge = `Digest realm="x", nonce="${nonce++}", qop="auth", stale=true`;
    response.writeHead(401, { 'www-authenticate': challenge });
    response.end();
  });
  const error = await rejectionOf(() => OnvifDevice.connect({ url: here.url, ...LOGIN }));
  expect(error.code).toBe('ERR_ONVIF_UNAUTHORIZED');
  expect(here.bodies.length).toBeLessThan(10);
});

it.each([
  [
    '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>',
    'ERR_ONVIF_UNAUTHORIZED',
    'no',
  ],
  [
    '<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code><s:Reason><s:Text>never heard</s:Text></s:Reason></s:Fault>',
    'ERR_ONVIF_UNSUPPORTED',
    'never heard',
  ],
  [
    '<s:Fault><faultcode>x</faultcode><faultstring>SOAP 1.1 speaks</faultstring></s:Fault>',
    'ERR_ONVIF_FAULT',
    'SOAP 1.1 speaks',
  ],
  ['<s:Fault/>', 'ERR_ONVIF_FAULT', 'no reason'],
  [
    `<s:Fault><s:Reason><s:Text>\u001b[2Jforged\nline ${'x'.repeat(5000)}</s:Text></s:Reason></s:Fault>`,
    'ERR_ONVIF_FAULT',
    '[2Jforged line',
  ],
])('tells the fault %#', async (fault, code, words) => {
  const here = await stranger(camera({ GetDeviceInformation: fault }));
  const error = await rejectionOf(() => OnvifDevice.connect({ url: here.url, ...LOGIN }));
  expect(error.code).toBe(code);
  expect(error.message).toContain(words);
  expect(error.message.length).toBeLessThan(800);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point.
  expect(error.message).not.toMatch(/[\u0000-\u001f]/);
});

it('says that nobody listens, and that there is no ONVIF at an address', async () => {
  const gone = await stranger(camera());
  const closed = createTcpServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const refused = await rejectionOf(() => OnvifDevice.connect({ host: `127.0.0.1:${port}` }));
  expect(refused.code).toBe('ERR_ONVIF_UNREACHABLE');
  expect(gone.bodies).toEqual([]);
  const web = await refusal((response) => {
    response.writeHead(404);
    response.end('not here');
  });
  expect(web.code).toBe('ERR_ONVIF_UNSUPPORTED');
});

it('stops waiting when the signal fires, before and during a request', async () => {
  const here = await stranger(() => undefined);
  const controller = new AbortController();
  const waiting = rejectionOf(() =>
    OnvifDevice.connect({ url: here.url, signal: controller.signal, timeoutMs: 60_000 }),
  );
  await until(() => here.bodies.length > 0);
  controller.abort();
  expect((await waiting).code).toBe('ERR_ABORTED');
  const again = await rejectionOf(() =>
    OnvifDevice.connect({ url: here.url, signal: controller.signal }),
  );
  expect(again.code).toBe('ERR_ABORTED');
  expect(here.bodies).toHaveLength(1);
});

it('takes names like __proto__ for what they are: names', async () => {
  const here = await stranger(
    camera({
      GetProfiles:
        '<GetProfilesResponse><__proto__><polluted>1</polluted></__proto__><Profiles token="__proto__"><Name>constructor</Name></Profiles></GetProfilesResponse>',
    }),
  );
  const device = await OnvifDevice.connect({ url: here.url });
  expect((await device.profiles())[0]).toMatchObject({ token: '__proto__', name: 'constructor' });
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

// Attacks 4, 9 and 17: addresses that name a program, a file, this machine or a service of the cloud, and
// devices that answer with something else than they were asked for.
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { federationOf } from '../../../../examples/nvr/server/federation/federation.js';
import type { Client } from '../support/client.js';
import { startNvr, type TestNvr } from '../support/nvr.js';

/** As it is installed: cameras on this machine are refused. */
let strict: TestNvr;
/** As the demo has it, so that a device here can be asked. */
let open: TestNvr;
let admin: Client;
let asking: Client;

beforeAll(async () => {
  [strict, open] = await Promise.all([
    startNvr({ config: { allowLoopbackCameras: false } }),
    startNvr(),
  ]);
  [admin, asking] = await Promise.all([strict.login('ADMIN'), open.login('ADMIN')]);
});
afterAll(async () => {
  await Promise.all([strict?.close(), open?.close()]);
});

describe('4: streams that are programs or files', () => {
  const urls = [
    ...['exec:ls', 'echo:rtsp://x', 'file:///etc/passwd', 'concat:/etc/passwd|/etc/shadow'],
    ...['subfile,,start,0,end,0,,:/etc/passwd', 'pipe:0', 'data:text/plain,x', 'cache:rtsp://x'],
    ...[
      'unix:///var/run/docker.sock',
      'gopher://10.0.0.1/',
      'ftp://10.0.0.1/x',
      'sftp://10.0.0.1/',
    ],
    ...['-i', '-i /etc/passwd', '--version', '/etc/passwd', '../../etc/passwd', 'rtsp:/10.0.0.1/x'],
    ...['rtsp://10.0.0.1/x\n-i /etc/passwd', 'rtsp://10.0.0.1/x y', 'rtsp://10.0.0.1/\u0000', ' '],
    ...['rtsp://', 'rtsp:10.0.0.1', 'javascript:alert(1)', 'RTSP', 'async:rtsp://10.0.0.1/', ''],
    ...['crypto:http://10.0.0.1/x', 'ffconcat:x', 'hls+file:///etc/passwd', 'tee:a|b', 'fd:0'],
  ];

  it('are taken nowhere', async () => {
    for (const url of urls) {
      const camera = { name: 'x', url, enabled: false };
      for (const [path, body] of [
        ['/api/cameras', camera],
        ['/api/cameras', { ...camera, url: 'rtsp://10.0.0.1/x', subUrl: url }],
        ['/api/cameras', { ...camera, url: 'rtsp://10.0.0.1/x', onvifUrl: url }],
        ['/api/cameras/test', { url }],
        ['/api/cameras/onvif', { onvifUrl: url }],
      ] as const) {
        const { status, json } = await admin.post(path, body);
        expect([url, path, status, json.code]).toEqual([
          ...[url, path, url === '' ? 400 : 422],
          url === '' ? 'ERR_VALIDATION' : 'ERR_ADDRESS_REFUSED',
        ]);
      }
    }
    expect((await admin.get('/api/cameras')).json.items).toEqual([]);
  });

  it('with signs of a shell are text for the camera, and run nothing', async () => {
    const { existsSync } = await import('node:fs');
    const mark = `${strict.storage}/mark`;
    for (const path of [
      `;touch\${IFS}${mark}`,
      `$(touch\${IFS}${mark})`,
      `\`touch\${IFS}${mark}\``,
    ]) {
      const url = `rtsp://127.0.0.1:9/${path}`;
      const { status, json } = await asking.post('/api/cameras/test', { url });
      expect([status, json.ok]).toEqual([200, false]);
    }
    expect(existsSync(mark)).toBe(false);
  });
});

describe('9: addresses of what is no camera', () => {
  const unpaired = { apiKey: `fvk_${'0'.repeat(60)}`, fingerprint: 'AB'.repeat(32) };
  const hosts = [
    ...['127.0.0.1', '127.1', '0x7f.1', '0x7f000001', '2130706433', '017700000001', '127.0.0.1.'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', 'localhost'],
    ...['LOCALHOST', 'localhost.', 'a.localhost', '0.0.0.0', '0', '[::]', '169.254.169.254'],
    ...['0xa9fea9fe', '2852039166', '[::ffff:169.254.169.254]', '[fe80::1]', '[ff02::1]'],
    ...['224.0.0.1', '255.255.255.255', '[fd00:ec2::254]', '①②⑦.⓪.⓪.①', '127。0。0。1'],
  ];

  it.each(hosts)('%s is asked for nothing', async (host) => {
    for (const [path, body] of [
      ['/api/cameras', { name: 'x', url: `rtsp://${host}/x`, enabled: false }],
      ['/api/cameras/test', { url: `http://${host}:80/x` }],
      ['/api/cameras/onvif', { onvifUrl: `http://${host}/onvif/device_service` }],
    ] as const) {
      const { status, json } = await admin.post(path, body);
      expect([path, status, json.code]).toEqual([path, 422, 'ERR_ADDRESS_REFUSED']);
    }
    const url = `https://${host}:8443`;
    expect((await admin.post('/api/system/nodes', { ...unpaired, url })).status).toBe(422);
    expect((await admin.post('/api/system/nodes/probe', { url })).status).toBe(422);
  });

  it('takes servers by https alone, without credentials, paths or questions', async () => {
    for (const url of [
      ...[
        'http://10.0.0.1',
        'https://a:pass@10.0.0.1',
        'https://10.0.0.1/x',
        'https://10.0.0.1/?x',
      ],
      ...['https://10.0.0.1/#x', 'wss://10.0.0.1', 'file:///etc/passwd', 'https://', '10.0.0.1'],
    ]) {
      const answer = await admin.post('/api/system/nodes', { ...unpaired, url });
      expect([url, answer.status]).toEqual([url, 422]);
    }
    expect((await admin.get('/api/system/nodes')).json.items).toEqual([]);
    const { text } = await admin.get('/api/system/audit?action=node.create');
    expect(text).toContain('https://10.0.0.1');
    expect(text).not.toContain('pass@');
  });

  it('lets a server that is known already move to none of them, nor lead pages elsewhere', async () => {
    const { registry } = federationOf(strict.nvr);
    const about = { id: randomUUID(), name: 'Barn', url: 'https://10.0.0.1:8443', enabled: false };
    const { apiKey, fingerprint } = unpaired;
    const { id } = registry.add({
      ...about,
      apiKey: apiKey.replace(/0+$/, `a_${'s'.repeat(43)}`),
      fingerprint,
    });
    for (const host of hosts) {
      const change = { url: `https://${host}:8443`, apiKey };
      const { status } = await admin.put(`/api/system/nodes/${id}`, change);
      expect([host, status]).toEqual([host, 422]);
    }
    // What browsers are sent to stands in the policy of every page.
    for (const directUrl of [
      ...['https://*', 'https://*.example', 'https://a;b', 'https://a,b', "https://'self'"],
      ...['https://a;script-src *', 'https://a b', 'http://10.0.0.1', 'wss://10.0.0.1', 'data:,x'],
      ...['https://10.0.0.1/x', 'https://a:b@10.0.0.1', 'javascript:alert(1)', 'https://a$b'],
    ]) {
      const { status } = await admin.put(`/api/system/nodes/${id}`, { directUrl });
      expect([directUrl, status]).toEqual([directUrl, 422]);
    }
    registry.remove(id);
  });

  it('sends a password to no other host than the camera that it is of', async () => {
    const heard: string[] = [];
    const spy = createTcpServer((socket) => {
      socket.on('data', (data) => {
        heard.push(data.toString('latin1'));
        socket.end(
          'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n',
        );
      });
      socket.on('error', () => {});
    });
    const port = await listening(spy);
    const camera = { id: 'door', name: 'Door', url: 'rtsp://127.0.0.1:9/x', enabled: false };
    await asking.post('/api/cameras', { ...camera, username: 'root', password: 'of-the-door' });
    await asking.post('/api/cameras/test', { id: 'door', url: `rtsp://127.0.0.1:${port}/x` });
    expect(heard.length).toBeGreaterThan(0);
    const all =
      heard.join('') + Buffer.from(heard.join('').match(/Basic (\S+)/)?.[1] ?? '', 'base64');
    expect(all).not.toContain('of-the-door');
    await stop(spy);
  });

  it('waits for no body that is too large or never comes, and answers others meanwhile', async () => {
    const large = await open.anonymous.raw(
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n{',
      1000,
    );
    expect(large).toMatch(/^HTTP\/1\.1 413 /);
    const long = `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(40_000)}\r\n\r\n`;
    expect(await open.anonymous.raw(long, 1000)).toMatch(/^(HTTP\/1\.1 431 |$)/);
    const slow = Array.from({ length: 100 }, () => open.anonymous.raw('GET / HTTP/1.1\r\nA:', 500));
    expect((await open.anonymous.get('/api/setup')).status).toBe(200);
    await Promise.all(slow);
    expect(open.server.app.server.requestTimeout).toBeLessThanOrEqual(30_000);
    expect(open.server.app.server.headersTimeout).toBeLessThanOrEqual(60_000);
  });
});

describe('17: devices that answer an ONVIF question with an attack', () => {
  const soap = (body: string, before = '') =>
    `<?xml version="1.0"?>${before}<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://www.onvif.org/ver10/device/wsdl"><s:Body>${body}</s:Body></s:Envelope>`;
  const information = (text: string) =>
    `<d:GetDeviceInformationResponse><d:Manufacturer>${text}</d:Manufacturer><d:Model>m</d:Model><d:FirmwareVersion>1</d:FirmwareVersion><d:SerialNumber>1</d:SerialNumber><d:HardwareId>1</d:HardwareId></d:GetDeviceInformationResponse>`;
  const bomb = `<!DOCTYPE b [<!ENTITY a "${'x'.repeat(1000)}">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${String.fromCharCode(98 + i)} "${`&${String.fromCharCode(97 + i)};`.repeat(10)}">`).join('')}]>`;

  it.each([
    [
      'a file of this machine',
      soap(information('&x;'), '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    ],
    [
      'another address',
      soap(information('&x;'), '<!DOCTYPE a [<!ENTITY x SYSTEM "http://169.254.169.254/">]>'),
    ],
    ['a bomb of entities', soap(information('&j;'), bomb)],
    ['tags without end', `<a>`.repeat(500_000)],
    ['32 MB', soap(information('x'.repeat(32 << 20)))],
    ['no XML', 'GIF89a\u0000\u0001'],
  ])('%s: it is refused, within seconds', async (_, answer) => {
    const device = createServer((request, response) => {
      request.resume();
      response.on('error', () => {});
      response.writeHead(200, { 'content-type': 'application/soap+xml' }).end(answer);
    });
    const port = await listening(device);
    const probe = { onvifUrl: `http://127.0.0.1:${port}/onvif/device_service` };
    const { status, text } = await asking.post('/api/cameras/onvif', probe);
    expect([502, 504]).toContain(status);
    expect(text.length).toBeLessThan(2000);
    expect(text).not.toMatch(/root:|xxxx/);
    await stop(device);
  });

  it('packed answers and redirects are not followed', async () => {
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    const device = createServer((request, response) => {
      request.resume();
      const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/latest/meta-data/`;
      response.writeHead(307, { location, 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(1 << 20)));
    });
    await listening(other);
    const port = await listening(device);
    const probe = { onvifUrl: `http://127.0.0.1:${port}/onvif/device_service` };
    const { status } = await asking.post('/api/cameras/onvif', probe);
    expect([502, 504]).toContain(status);
    expect(asked).toEqual([]);
    await Promise.all([stop(other), stop(device)]);
  });

  it('an address that it reports leads back to itself, not elsewhere', async () => {
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url ?? '');
      request.resume();
      response.end();
    });
    const elsewhere = await listening(other);
    const bait = `http://169.254.169.254:${elsewhere}/x`;
    const device = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        const name = /<(?:\w+:)?(Get\w+)/.exec(body)?.[1] ?? '';
        const service = `<d:Service><d:Namespace>http://www.onvif.org/ver10/media/wsdl</d:Namespace><d:XAddr>${bait}</d:XAddr><d:Version><d:Major>2</d:Major><d:Minor>0</d:Minor></d:Version></d:Service>`;
        const answers: Record<string, string> = {
          GetDeviceInformation: information('Maker'),
          GetServices: `<d:GetServicesResponse>${service}</d:GetServicesResponse>`,
        };
        response.end(soap(answers[name] ?? `<d:${name}Response/>`));
      });
    });
    const port = await listening(device);
    const probe = { onvifUrl: `http://127.0.0.1:${port}/onvif/device_service` };
    const { text } = await asking.post('/api/cameras/onvif', probe);
    expect(text).not.toContain('169.254.169.254');
    expect(asked).toEqual([]);
    await Promise.all([stop(other), stop(device)]);
  });
});

function listening(server: Server | TcpServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server | TcpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

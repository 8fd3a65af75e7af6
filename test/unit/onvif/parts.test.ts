// The parts that read what a device says: XML, Digest, profiles, events, addresses.
import { expect, it } from 'vitest';
import { reportedAddress, serviceUrl } from '../../../src/onvif/address.js';
import { chooseChallenge, digestAuthorization, digestResponse } from '../../../src/onvif/digest.js';
import { Found } from '../../../src/onvif/discovery.js';
import { readEvents } from '../../../src/onvif/events.js';
import { chooseStreams, type OnvifProfile } from '../../../src/onvif/profiles.js';
import { escapeXml, find, parseXml, textAt } from '../../../src/onvif/xml.js';
import { thrownBy } from '../thrown.js';

it('reads names without prefixes, namespaces, attributes and text', () => {
  const root = parseXml(
    '<a:r xmlns:a="urn:a" xmlns="urn:d"><b a:k="v&amp;&lt;"> x<![CDATA[<y>]]> </b><c:d>1</c:d></a:r>',
  );
  expect(root).toMatchObject({ name: 'r', namespace: 'urn:a' });
  expect(find(root, 'b')).toMatchObject({ namespace: 'urn:d', text: 'x<y>' });
  expect(find(root, 'b')?.attributes.get('k')).toBe('v&<');
  // c was never declared; cameras do that.
  expect(find(root, 'd')).toMatchObject({ namespace: '', text: '1' });
});

it.each([
  ['', 'no element'],
  ['<a', 'Unclosed root tag|Unexpected end'],
  ['<a></b>', 'Unexpected close tag|Unclosed'],
  ['<!DOCTYPE a><a/>', 'DTD'],
  ['<a>&unknown;</a>', 'entity'],
  [`${'<a>'.repeat(65)}${'</a>'.repeat(65)}`, 'nest deeper than 64'],
  [`<a>${'<b/>'.repeat(100_000)}</a>`, 'over 100000 elements'],
  [`<a ${Array.from({ length: 65 }, (_, i) => `k${i}="v"`).join(' ')}/>`, 'over 64 attributes'],
])('refuses %.30j as XML', (text, reason) => {
  const error = thrownBy(() => parseXml(text));
  expect(error.code).toBe('ERR_ONVIF_ANSWER');
  expect(error.message).toMatch(new RegExp(reason));
});

it('writes any text such that reading gives it back, but what XML cannot carry', () => {
  const text = `<a>&"'\u00e4\u{1f600}</a>\u0000\u001b`;
  expect(parseXml(`<x y="${escapeXml(text)}">${escapeXml(text)}</x>`)).toMatchObject({
    text: `<a>&"'\u00e4\u{1f600}</a>`,
  });
  expect(textAt(parseXml(`<x><y>${'z'.repeat(5000)}</y></x>`), 'y')).toHaveLength(1024);
});

it('computes the Digest responses of RFC 7616 section 3.9.1', () => {
  const request = {
    username: 'Mufasa',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: '00000001',
  };
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const common = { realm: 'http-auth@example.org', nonce, qop: true };
  expect(digestResponse({ ...common, algorithm: 'MD5' }, request)).toBe(
    '8ca523f5e9506fed4657c9700eebdbec',
  );
  expect(digestResponse({ ...common, algorithm: 'SHA-256' }, request)).toBe(
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  );
});

it('answers the strongest challenge that it can, and none that it cannot', () => {
  const best = chooseChallenge([
    'Basic realm="x"',
    'Digest realm="a \\"b\\"", nonce="1", qop="auth,auth-int", opaque="o"',
    'Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"',
    'Digest realm="a", nonce="3", algorithm=SHA-512-256',
    'Digest nonsense',
    `Digest nonce="${'x'.repeat(10_000)}"`,
  ]);
  expect(best).toMatchObject({ nonce: '2', algorithm: 'SHA-256', qop: true });
  expect(chooseChallenge(['Digest realm="x", nonce="1", qop="auth-int"', 'NTLM'])).toBeUndefined();
  const plain = chooseChallenge(['Digest realm="a \\"b\\"", nonce="1"']);
  const header = digestAuthorization(plain as NonNullable<typeof plain>, {
    username: 'u"\\',
    password: 'p',
    method: 'POST',
    uri: '/x',
    nonceCount: 1,
  });
  expect(header).toContain('username="u\\"\\\\", realm="a \\"b\\""');
  expect(header).not.toContain('qop');
});

const asked = new URL('http://192.168.1.20:8080/onvif/device_service');
const NAT = { useRequestHost: true, allowForeignHosts: false };

it('keeps services on the host that was asked', () => {
  const service = (reported: string) => serviceUrl(reported, asked).href;
  expect(service('http://192.168.1.20:8080/m?a=1')).toBe('http://192.168.1.20:8080/m?a=1');
  expect(service('http://192.168.1.20/m')).toBe('http://192.168.1.20/m');
  expect(service('http://10.0.0.5/m')).toBe('http://192.168.1.20:8080/m');
  // A path that a careless join would take for a host.
  expect(service('http://user:pw@10.0.0.5//evil.example/m')).toBe(
    'http://192.168.1.20:8080//evil.example/m',
  );
  // Not in the clear where TLS was asked for.
  expect(serviceUrl('http://a/m', new URL('https://a/d')).href).toBe('https://a/m');
  expect(thrownBy(() => service('ftp://192.168.1.20/')).code).toBe('ERR_ONVIF_ANSWER');
});

it('puts the asked host into stream addresses, and keeps their port and query', () => {
  expect(reportedAddress('rtsp://10.0.0.5:554/s?a=1&b=2', asked, ['rtsp:'], NAT)).toEqual({
    uri: 'rtsp://192.168.1.20:554/s?a=1&b=2',
    reportedUri: 'rtsp://10.0.0.5:554/s?a=1&b=2',
    foreignHost: true,
  });
});

function profile(token: string, width: number, height: number, codec = 'H264', source = 'v1') {
  const video = { codec, width, height, frameRate: 25, bitrateKbps: 1000 };
  return { token, name: token, videoSource: source, video, audio: undefined, ptz: false };
}

it.each<[OnvifProfile[], string | undefined, string | undefined]>([
  [[profile('s', 640, 360), profile('m', 2560, 1440), profile('j', 3840, 2160, 'JPEG')], 'm', 's'],
  [[profile('m', 1920, 1080, 'H265'), profile('s1', 704, 576), profile('s2', 352, 288)], 'm', 's1'],
  [[profile('m', 3840, 2160), profile('s', 1920, 1080)], 'm', 's'],
  [[profile('m', 1920, 1080), profile('again', 1920, 1080)], 'm', undefined],
  [[profile('m', 1280, 720), profile('other', 640, 360, 'H264', 'v2')], 'm', undefined],
  [[profile('j', 640, 480, 'JPEG')], undefined, undefined],
  [[], undefined, undefined],
])('chooses main and sub (%#)', (profiles, main, sub) => {
  const chosen = chooseStreams(profiles);
  expect([chosen?.main.token, chosen?.sub?.token]).toEqual([main, sub]);
});

function eventOf(topic: string, item: string) {
  const [event] = readEvents(
    parseXml(
      `<r><NotificationMessage><Topic>${topic}</Topic><Message><Message UtcTime="2026-01-01T00:00:10Z" PropertyOperation="Changed"><Source><SimpleItem Name="__proto__" Value="1"/></Source><Data>${item}</Data></Message></Message></NotificationMessage></r>`,
    ),
    4000,
  );
  return event;
}

it.each([
  ['tns1:RuleEngine/CellMotionDetector/Motion', '<SimpleItem Name="IsMotion" Value="true"/>', true],
  ['tns1:VideoSource/MotionAlarm', '<SimpleItem Name="State" Value="false"/>', false],
  ['tns1:RuleEngine/MotionRegionDetector/Motion', '<SimpleItem Name="State" Value="1"/>', true],
  [
    'tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1',
    '<SimpleItem Name="active" Value="0"/>',
    false,
  ],
  ['tns1:VideoSource/MotionAlarm', '<SimpleItem Name="State" Value="perhaps"/>', undefined],
  [
    'tns1:VideoSource/ImageTooDark/ImagingService',
    '<SimpleItem Name="State" Value="true"/>',
    undefined,
  ],
])('takes %s %s for motion: %s', (topic, item, motion) => {
  const event = eventOf(topic, item);
  expect(event).toMatchObject({ topic, motion, operation: 'changed' });
  // By our clock: the device's was four seconds ahead.
  expect(event?.time).toBe(Date.parse('2026-01-01T00:00:06Z'));
  expect(Object.getPrototypeOf(event?.source)).toBeNull();
});

function match(relatesTo: string, inner: string): Buffer {
  return Buffer.from(
    `<e:Envelope xmlns:e="x"><e:Header><RelatesTo>${relatesTo}</RelatesTo></e:Header><e:Body><ProbeMatches>${inner}</ProbeMatches></e:Body></e:Envelope>`,
  );
}

const CAMERA =
  '<ProbeMatch><EndpointReference><Address>urn:uuid:1</Address></EndpointReference><Types>dn:NetworkVideoTransmitter</Types>' +
  '<Scopes>onvif://www.onvif.org/name/Gate%20%31 onvif://www.onvif.org/location/city/Ulm onvif://www.onvif.org/hardware/%E0</Scopes>' +
  '<XAddrs>http://10.0.0.9/o http://192.168.1.7/o ftp://x http://u:p@192.168.1.7/o</XAddrs></ProbeMatch>';

it('merges the answers of one camera and puts the address that answered first', () => {
  const found = new Found();
  found.add(match('urn:uuid:ABC', CAMERA), { address: '192.168.1.7' }, 'urn:uuid:abc');
  // Some answer without urn:, as WS-Discovery of 2005 had it.
  found.add(
    match('uuid:abc', CAMERA.replace('10.0.0.9', '10.0.0.8')),
    { address: '192.168.1.7' },
    'urn:uuid:abc',
  );
  expect(found.cameras()).toEqual([
    {
      endpoint: 'urn:uuid:1',
      addresses: ['http://192.168.1.7/o', 'http://10.0.0.9/o', 'http://10.0.0.8/o'],
      host: '192.168.1.7',
      name: 'Gate 1',
      hardware: '%E0',
      location: 'city/Ulm',
      scopes: [
        'onvif://www.onvif.org/name/Gate%20%31',
        'onvif://www.onvif.org/location/city/Ulm',
        'onvif://www.onvif.org/hardware/%E0',
      ],
      types: ['NetworkVideoTransmitter'],
    },
  ]);
});

it('ignores what is no answer to its probe', () => {
  const found = new Found();
  const from = { address: '192.168.1.7' };
  found.add(match('urn:uuid:other', CAMERA), from, 'urn:uuid:abc');
  found.add(match('urn:uuid:abc', '<ProbeMatch/>'), from, 'urn:uuid:abc');
  found.add(match('urn:uuid:abc', ''), from, 'urn:uuid:abc');
  found.add(Buffer.from('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), from, 'urn:uuid:abc');
  found.add(Buffer.from([0xff, 0, 1]), from, 'urn:uuid:abc');
  expect(found.cameras()).toEqual([]);
});

it('holds at most 1024 cameras of a flood', () => {
  const found = new Found();
  for (let i = 0; i < 1100; i++) {
    const camera = CAMERA.replace('urn:uuid:1<', `urn:uuid:${i}<`);
    found.add(match('urn:uuid:abc', camera), { address: '192.168.1.7' }, 'urn:uuid:abc');
  }
  expect(found.cameras()).toHaveLength(1024);
});

// Which addresses of cameras are taken (attack checklist 4 and 9).
import { describe, expect, it } from 'vitest';
import { nodeAddress, refusedAddresses } from '../../../../examples/nvr/server/cameras/address.js';
import {
  onvifAddress,
  pinned,
  resolvedHost,
  streamAddress,
} from '../../../../examples/nvr/server/cameras/index.js';

const rules = { allowLoopback: false };

describe('the address of a stream', () => {
  it.each(['rtsp', 'rtsps', 'rtsp+http', 'rtsp+https', 'http', 'https', 'rtmp', 'rtmps'])(
    'may be %s, and gives its credentials away',
    (scheme) => {
      const { url, username, password } = streamAddress(
        `${scheme}://kim:p%40ss@192.168.1.20/one?a=b`,
        rules,
      );
      expect([url, username, password]).toEqual([
        `${scheme}://192.168.1.20/one?a=b`,
        'kim',
        'p@ss',
      ]);
    },
  );

  it.each([
    ...['exec:ffmpeg -i x', 'echo:hello', 'file:///etc/passwd', 'file://host/x', '-i', '--help'],
    ...['rtsp://', 'rtsp:192.168.1.1', 'javascript:alert(1)', 'data:text/plain,x', 'concat:a|b'],
    ...[
      'rtsp://host/a\nb',
      'rtsp://host/a\u0000',
      'rtsp://host/ a',
      ' rtsp://host/a',
      'udp://239.0.0.1:5',
    ],
    ...['gopher://host/', 'pipe:0', 'subfile,,start,0,end,0,,:/etc/passwd', 'crypto:rtsp://h/'],
    ...['$(id)', ';id', '', '/dev/video0', `rtsp://host/${'a'.repeat(3000)}`],
  ])('may not be %j', (text) => {
    expect(() => streamAddress(text, rules)).toThrow(/This address is not taken/);
  });

  it.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '[::1]', 'localhost'],
    ...['localhost.', 'camera.localhost', '[::ffff:127.0.0.1]', '0.0.0.0', '0', '[::]'],
    ...['169.254.169.254', '2852039166', '[fe80::1]', '[::ffff:a9fe:a9fe]', '224.0.0.1'],
    ...['255.255.255.255', '[fd00:ec2::254]'],
  ])('may not lead to %s', (host) => {
    expect(() => streamAddress(`rtsp://${host}/x`, rules)).toThrow(/not taken/);
    expect(() => onvifAddress(`http://${host}/x`, rules)).toThrow(/not taken/);
    expect(() => nodeAddress(`https://${host}/`, rules)).toThrow(/not taken/);
  });

  it('may be of this machine where the settings allow it, and nothing else of what is refused', () => {
    const loopback = { allowLoopback: true };
    expect(streamAddress('rtsp://127.0.0.1:8554/a', loopback).url).toBe('rtsp://127.0.0.1:8554/a');
    expect(() => streamAddress('rtsp://169.254.169.254/a', loopback)).toThrow(/not taken/);
  });

  it('is looked up, so that a name does not lead where a number may not', async () => {
    await expect(resolvedHost('rtsp://192.0.2.1/a', rules)).resolves.toBe('192.0.2.1');
    await expect(resolvedHost('rtsp://no-such-host.invalid/', rules)).rejects.toMatchObject({
      code: 'ERR_HOST_NOT_FOUND',
    });
    await expect(pinned('http://192.0.2.1:80/onvif', rules)).resolves.toEqual({
      url: 'http://192.0.2.1:80/onvif',
    });
    await expect(pinned('rtsp://localhost/a', rules)).rejects.toThrow(/not taken/);
    const loopback = { allowLoopback: true };
    const { url, tls } = await pinned('rtsps://localhost:322/a', loopback);
    expect(url).toMatch(/^rtsps:\/\/(127\.0\.0\.1|\[::1\]):322\/a$/);
    expect(tls).toEqual({ servername: 'localhost' });
  });
});

describe('the addresses that no connection may lead to', () => {
  it('are those that are not taken', () => {
    expect(refusedAddresses(rules)).toEqual([
      ...refusedAddresses({ allowLoopback: true }),
      ...['127.0.0.0/8', '::1/128'],
    ]);
    expect(refusedAddresses(rules)).toEqual(
      expect.arrayContaining(['169.254.0.0/16', 'fe80::/10', '0.0.0.0/8']),
    );
  });
});

describe('the address of another server', () => {
  it.each([
    ...[
      'http://10.0.0.2',
      'https://10.0.0.2/path',
      'https://a:b@10.0.0.2',
      'https://10.0.0.2/?q=1',
    ],
    ...['https://10.0.0.2/#x', 'ftp://10.0.0.2', '10.0.0.2'],
  ])('may not be %j', (text) => {
    expect(() => nodeAddress(text, rules)).toThrow(/not taken/);
  });

  it('is an origin', () => {
    expect(nodeAddress('https://10.0.0.2:8443/', rules)).toBe('https://10.0.0.2:8443');
  });
});

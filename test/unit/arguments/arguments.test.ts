import { describe, expect, it } from 'vitest';
import {
  cameraId,
  cameraUrl,
  checkOptions,
  decimal,
  flag,
  integer,
  oneOf,
  optional,
  passphrase,
  path,
  redactUrl,
  secretText,
  signal,
  time,
  uuid,
} from '../../../src/arguments/index.js';
import { thrownBy } from '../thrown.js';

describe('checkOptions', () => {
  const check = (value: unknown) =>
    checkOptions('Thing', value, { count: optional(integer(1, 9), 3), name: path });

  it('returns the checked values with fallbacks for what was left out', () => {
    expect(check({ name: 'a' })).toEqual({ count: 3, name: 'a' });
  });

  it.each([undefined, null, 'text', 7, []])('wants an object and not %j', (value) => {
    expect(thrownBy(() => check(value)).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('names the option, what it must be, and what it is', () => {
    const error = thrownBy(() => check({ name: 'a', count: 10 }));
    expect(error.message).toBe('Thing: count must be a whole number from 1 to 9, but is 10.');
  });

  it('refuses an option that it does not know, as it may be a misspelt one', () => {
    const error = thrownBy(() => check({ name: 'a', cuont: 2 }));
    expect(error.message).toContain("no option 'cuont'");
    expect(error.message).toContain('count, name');
  });

  it('does not take inherited names for options', () => {
    expect(thrownBy(() => check({ name: 'a', toString: 1 })).message).toContain("'toString'");
  });
});

describe('camera ids', () => {
  it.each(['door', 'cam1', 'A', '-x', '_', 'a.b-c_d', 'x'.repeat(64)])('may be %s', (id) => {
    expect(cameraId('id', id)).toBe(id);
  });

  it.each(['', '.', '..', '.lock', 'a/b', 'a\\b', 'a b', 'tür', 'a\0', 'x'.repeat(65), 5, null])(
    'may not be %j',
    (id) => {
      const error = thrownBy(() => cameraId('Camera: id', id));
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message).toContain('Camera: id');
    },
  );

  it.each(['keys', 'KEYS', 'quarantine', 'storage.json', 'index.db', 'index.db-wal', 'users.db'])(
    'may not be %s, which the storage directory uses itself',
    (id) => {
      expect(thrownBy(() => cameraId('id', id)).code).toBe('ERR_INVALID_ARGUMENT');
    },
  );
});

describe('camera addresses', () => {
  it.each([
    ...['rtsp://host/x', 'rtsp://h:554/', 'rtsp://u:p@10.0.0.1/a?b=c', 'rtsp://[::1]:8554/x'],
    ...['http://host/flv?a=b', 'https://host/live.m3u8', 'rtmp://host/app/key', 'rtmps://host/a'],
    ...['srt://host:9000?streamid=x', 'udp://239.0.0.1:5000', 'file:///clips/gate.mp4'],
  ])('may be %s', (url) => {
    expect(cameraUrl('url', url)).toBe(url);
  });

  it.each([
    ...['', 'host', 'ftp://host/', 'rtsp://', 'rtsp:///x', 'rtsp://h/a b', 3, undefined],
    ...['srt://host', 'udp://239.0.0.1', 'file://host/clip.mp4', 'file:///', 'concat:/a|/b'],
  ])('may not be %j', (url) => {
    expect(thrownBy(() => cameraUrl('url', url)).code).toBe('ERR_INVALID_ARGUMENT');
  });

  it('are shown without their credentials', () => {
    const error = thrownBy(() => cameraUrl('url', 'ftp://admin:sesame@host/'));
    expect(error.message).not.toContain('sesame');
    expect(error.message).not.toContain('admin');
    expect(redactUrl('rtsp://u:p@ss/w@host/x')).toBe('rtsp://***@host/x');
    expect(redactUrl('http://host/flv?app=a&user=admin&password=sesame')).toBe(
      'http://host/flv?app=a&user=***&password=***',
    );
  });
});

describe('secrets', () => {
  it.each([
    ['passphrase', passphrase, { sesame: 1 }],
    ['passphrase', passphrase, ['sesame']],
    ['password', secretText, 'sesame\0'],
  ] as const)('are never shown in the error of a wrong %s', (name, check, value) => {
    const error = thrownBy(() => check(name, value));
    expect(error.message).toContain(name);
    expect(error.message).not.toContain('sesame');
  });

  it('must not be empty', () => {
    expect(thrownBy(() => passphrase('passphrase', '')).code).toBe('ERR_INVALID_ARGUMENT');
    expect(thrownBy(() => passphrase('passphrase', new Uint8Array())).code).toBe(
      'ERR_INVALID_ARGUMENT',
    );
  });
});

describe('values', () => {
  it.each([
    ['integer', integer(0, 5), [0, 5], [-1, 6, 1.5, '1', Number.NaN, null, 1n]],
    ['decimal', decimal(2, 3600), [2, 2.5, 3600], [1.9, 3601, Number.NaN, '10', Infinity]],
    ['time', time, [0, 1_700_000_000_000], [-1, 0.5, 9e15, new Date(), '2026-01-26']],
    ['flag', flag, [true, false], [0, 1, 'true', null]],
    ['one of', oneOf(1, 2), [1, 2], [3, '1', null]],
    ['signal', signal, [new AbortController().signal], [{}, { aborted: false }]],
    ['path', path, ['a', '/b/c'], ['', 'a\0b', 5, 'x'.repeat(4097)]],
    ['uuid', uuid, ['00000000-0000-4000-8000-000000000000'], ['', 'x', 'A'.repeat(36)]],
  ] as const)('%s', (_name, check, good, bad) => {
    for (const value of good) expect(check('x', value)).toBe(value);
    for (const value of bad) {
      expect(thrownBy(() => check('x', value)).code).toBe('ERR_INVALID_ARGUMENT');
    }
  });
});

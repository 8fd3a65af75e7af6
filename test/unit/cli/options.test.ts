import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { cameraArgument, seconds, wholeNumber } from '../../../src/cli/options.js';
import { formatBytes, formatDuration } from '../../../src/cli/output.js';

describe('--camera ID=URL', () => {
  it('may be given again and again', () => {
    const one = cameraArgument('a=rtsp://h/1');
    expect(cameraArgument('b=rtsp://h/2', one)).toEqual([
      { id: 'a', url: 'rtsp://h/1' },
      { id: 'b', url: 'rtsp://h/2' },
    ]);
  });

  it('leaves equal signs to the URL', () => {
    expect(cameraArgument('a=rtsp://h/x?channel=1')).toEqual([
      { id: 'a', url: 'rtsp://h/x?channel=1' },
    ]);
  });

  it.each(['', 'a', '=rtsp://h'])('is not %j', (value) => {
    expect(() => cameraArgument(value)).toThrow(InvalidArgumentError);
  });
});

describe('numbers', () => {
  it.each(['', 'x', '-1', '0x10', '1e3', '11', '1.5'])(
    '%j is no whole number up to 10',
    (value) => {
      expect(() => wholeNumber(0, 10)(value)).toThrow(InvalidArgumentError);
    },
  );

  it.each(['', 'x', '-1', '1.', '3601', 'Infinity'])('%j is no time in seconds', (value) => {
    expect(() => seconds(2, 3600)(value)).toThrow(InvalidArgumentError);
  });

  it('read what they should', () => {
    expect(wholeNumber(0, 10)('7')).toBe(7);
    expect(seconds(2, 3600)('2.5')).toBe(2.5);
  });
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [5 * 1024 ** 3, '5.0 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0, '0.0s'],
  [10_040, '10.0s'],
  [90_500, '1m 30.5s'],
  [3_723_000, '1h 2m 3s'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

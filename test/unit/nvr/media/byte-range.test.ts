import { describe, expect, it } from 'vitest';
import {
  hasAlready,
  parseRange,
  rangeCounts,
} from '../../../../examples/nvr/server/media/byte-range.js';
import { cursorOf, readCursor } from '../../../../examples/nvr/server/media/cursor.js';
import { contentDisposition } from '../../../../examples/nvr/server/media/send-file.js';

const many = `bytes=${Array.from({ length: 1000 }, () => '0-0').join(',')}`;

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=90-', { first: 90, last: 99 }],
    ['bytes=90-1000', { first: 90, last: 99 }],
    ['bytes=-1', { first: 99, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    ['BYTES= 0-9 ', { first: 0, last: 9 }],
    ['bytes=5-9007199254740993', { first: 5, last: 99 }],
    ['bytes=-99999999999999999999', { first: 0, last: 99 }],
  ])('reads %s', (header, range) => expect(parseRange(header, 100)).toEqual(range));

  it.each(['bytes=100-', 'bytes=-0', 'bytes=9007199254740993-', 'bytes=99999999999999999999-'])(
    'refuses %s',
    (header) => expect(parseRange(header, 100)).toBe('unsatisfiable'),
  );

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=9-5',
    'items=0-1',
    'bytes=a-b',
    'bytes=0-1,5-6',
    many,
  ])('ignores what is no single range: %#', (header) =>
    expect(parseRange(header, 100)).toBeUndefined(),
  );

  it('has nothing to give of an empty file', () => {
    expect(parseRange('bytes=0-0', 0)).toBe('unsatisfiable');
    expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
  });
});

it('takes a range only of the file that the client has a part of', () => {
  expect(rangeCounts(undefined, '"a"')).toBe(true);
  expect(rangeCounts('"a"', '"a"')).toBe(true);
  expect(rangeCounts('W/"a"', '"a"')).toBe(false);
  expect(rangeCounts('Wed, 21 Oct 2026 07:28:00 GMT', '"a"')).toBe(false);
  expect(rangeCounts('"a"', undefined)).toBe(false);
});

it('sends nothing that the client has already', () => {
  expect(hasAlready('"x", W/"a"', '"a"')).toBe(true);
  expect(hasAlready('*', '"a"')).toBe(true);
  expect(hasAlready('"x"', '"a"')).toBe(false);
  expect(hasAlready('"a"', undefined)).toBe(false);
});

it.each([
  ['../../etc/passwd', 'filename="_.._etc_passwd"'],
  ['a"\r\nSet-Cookie: x', 'filename="a_Set-Cookie_ x"'],
  ['\u202Egpj.exe', 'filename="gpj.exe"'],
  ['...', 'filename="file"'],
  ['문 앞.mkv', 'filename="_ _.mkv"'],
])('names %j so that it stays a name', (name, expected) => {
  const header = contentDisposition(name);
  expect(header).toContain(`${expected};`);
  expect(header).toMatch(/^[\x20-\x7e]+$/);
});

it('takes cursors only as it made them', () => {
  expect(readCursor(cursorOf(1_769_421_600_000, 7))).toEqual({ time: 1_769_421_600_000, id: 7 });
  for (const text of ['', 'x', '__proto__', Buffer.from('1-').toString('base64url')]) {
    expect(readCursor(text)).toBeUndefined();
  }
  expect(readCursor(cursorOf(8.65e15, 1))).toBeUndefined();
});

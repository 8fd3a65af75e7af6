import { describe, expect, it } from 'vitest';
import { isSegmentName, secondOf } from '../../../src/recording/segment-files.js';

const hash = '0123456789abcdef0123456789abcdef';

it.each([
  '1769421600',
  '1769421600.fvd',
  '1769421600.part',
  '1769421600.fvd.part',
  hash,
  `${hash}.part`,
  'thumb_36000.jpg',
])('takes %s for a segment', (name) => {
  expect(isSegmentName(name)).toBe(true);
});

it.each([
  '1769421600.mkv',
  '1769421600.fvd.bak',
  '1769421600123456789',
  hash.toUpperCase(),
  hash.slice(1),
  `${hash}0`,
  `${hash}.fvd`,
  'thumb_36000.jpeg',
  'thumb_360.jpg',
  'thumb_36000.jpg.part',
  'thumb_36000',
  'Thumbs.db',
  '.part',
])('passes %s over', (name) => {
  expect(isSegmentName(name)).toBe(false);
});

describe('secondOf', () => {
  it('reads the second, or counts it from the UTC midnight of the folder', () => {
    expect(secondOf('20260126', '1769421600')).toBe(1_769_421_600);
    expect(secondOf('20260126', '1769421600.fvd')).toBe(1_769_421_600);
    expect(secondOf('20260126', '1769421600.fvd.part')).toBe(1_769_421_600);
    expect(secondOf('20260126', 'thumb_36000.jpg')).toBe(1_769_421_600);
    expect(secondOf('20260126', 'thumb_00000.jpg')).toBe(1_769_385_600);
  });

  it('knows no second of a hash', () => {
    expect(secondOf('20260126', hash)).toBeUndefined();
    expect(secondOf('20260126', `${hash}.part`)).toBeUndefined();
  });
});

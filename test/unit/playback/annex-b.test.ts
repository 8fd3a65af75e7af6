import { expect, it } from 'vitest';
import { toAnnexB } from '../../../src/index.js';
import { thrownBy } from '../thrown.js';

const lengthPrefixed = (...nals: number[][]) =>
  Buffer.concat(nals.map((nal) => Buffer.from([0, 0, 0, nal.length, ...nal])));
const started = (...nals: number[][]) =>
  Buffer.concat(nals.map((nal) => Buffer.from([0, 0, 0, 1, ...nal])));

const [sps, pps, idr, slice] = [
  [0x67, 100, 0, 31],
  [0x68, 1],
  [0x65, 1, 2],
  [0x41, 9],
];
const avcC = Buffer.from([1, 100, 0, 31, 0xff, 0xe1, 0, 4, ...sps, 1, 0, 2, ...pps]);
const h264 = { codec: 'avc1.64001F', decoderConfiguration: avcC };

const [vps, sps5, pps5, idr5] = [
  [0x40, 1, 7],
  [0x42, 1, 8],
  [0x44, 1],
  [0x26, 1, 5],
];
const array = (type: number, nal: number[]) => [0x80 | type, 0, 1, 0, nal.length, ...nal];
const hvcC = Buffer.from([
  ...[1, ...new Array(21).fill(0), 3],
  ...[...array(32, vps), ...array(33, sps5), ...array(34, pps5)],
]);

it('puts the parameter sets in front of key frames', () => {
  const frame = { ...h264, keyFrame: true, data: lengthPrefixed(idr) };
  expect(toAnnexB(frame)).toEqual(started(sps, pps, idr));
  const frame5 = { codec: 'hvc1.1.6.L93.B0', keyFrame: true, decoderConfiguration: hvcC };
  expect(toAnnexB({ ...frame5, data: lengthPrefixed(idr5) })).toEqual(
    started(vps, sps5, pps5, idr5),
  );
});

it('leaves those that a key frame brings alone', () => {
  const frame = { ...h264, keyFrame: true, data: lengthPrefixed(sps, pps, idr) };
  expect(toAnnexB(frame)).toEqual(started(sps, pps, idr));
});

it('puts nothing in front of other frames', () => {
  const frame = { codec: 'avc1.64001F', keyFrame: false, data: lengthPrefixed(slice) };
  expect(toAnnexB(frame)).toEqual(started(slice));
});

it('leaves other codecs as they are', () => {
  const data = Buffer.from([0xff, 0xd8, 0xff]);
  expect(toAnnexB({ codec: 'mjpeg', keyFrame: true, data })).toBe(data);
});

it.each([
  ['a NAL unit', { ...h264, keyFrame: false, data: Buffer.from([0, 0, 0, 9, 1]) }],
  ['a length', { ...h264, keyFrame: false, data: Buffer.from([0, 0]) }],
  [
    'a parameter set',
    {
      ...{ codec: 'avc1', keyFrame: true, data: lengthPrefixed(idr) },
      decoderConfiguration: avcC.subarray(0, 10),
    },
  ],
])('refuses %s beyond its end', (_, frame) => {
  expect(thrownBy(() => toAnnexB(frame)).code).toBe('ERR_CONTAINER');
});

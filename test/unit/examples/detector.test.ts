// The parts of the detector that no model is needed for.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMetadata, readNames } from '../../../examples/detector/onnx-metadata.mjs';
import { classNumbers, readOptions } from '../../../examples/detector/options.mjs';
import { layoutOf, overlap, readBoxes } from '../../../examples/detector/yolo.mjs';
import { brightSquareModel } from '../../support/onnx-model.js';
import { temporaryDirectory } from '../temporary-directory.js';

const limits = { threshold: 0.5, iou: 0.45 };

test('the layout of an output is found by its size and the number of classes', () => {
  expect(layoutOf([1, 84, 8400], 80)).toBe('v8');
  expect(layoutOf([1, 25200, 85], 80)).toBe('v5');
  expect(layoutOf([1, 300, 6], 80)).toBe('nms');
  expect(layoutOf([1, 84, 8400], undefined)).toBe('v8');
  expect(layoutOf([1, 25200, 85], undefined)).toBe('v5');
  expect(layoutOf([4, 5, 2100], 1)).toBe('v8');
  expect(layoutOf([1, 25200, 6], 1)).toBe('v5');
  expect(() => layoutOf([1, 4], 1)).toThrow(/three dimensions/);
  expect(() => layoutOf([1, 3, 3], undefined)).toThrow(/--layout/);
});

test('each layout gives the same boxes', () => {
  // Two pictures of three candidates; of the second picture none is sure enough.
  const candidates = [
    [
      { box: [50, 60, 20, 10], scores: [0.1, 0.9] },
      { box: [52, 60, 20, 10], scores: [0.2, 0.8] },
      { box: [150, 60, 30, 30], scores: [0.7, 0.3] },
    ],
    Array.from({ length: 3 }, () => ({ box: [1, 1, 1, 1], scores: [0.1, 0.2] })),
  ] as const;
  const v8: number[] = [];
  const v5: number[] = [];
  const nms: number[] = [];
  for (const picture of candidates) {
    for (let row = 0; row < 6; row++) {
      for (const { box, scores } of picture) v8.push([...box, ...scores][row] as number);
    }
    for (const { box, scores } of picture) v5.push(...box, 1, ...scores);
    picture.forEach(({ box, scores }, i) => {
      const [x, y, width, height] = box;
      const best = scores[0] > scores[1] ? 0 : 1;
      const score = i === 1 ? 0 : scores[best];
      nms.push(x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, best);
    });
  }
  const expected = [
    [
      { x: 40, y: 55, width: 20, height: 10, score: 0.9, class: 1 },
      { x: 135, y: 45, width: 30, height: 30, score: 0.7, class: 0 },
    ],
    [],
  ];
  expect(readBoxes({ data: v8, dims: [2, 6, 3] }, { layout: 'v8', ...limits })).toEqual(expected);
  expect(readBoxes({ data: v5, dims: [2, 3, 7] }, { layout: 'v5', ...limits })).toEqual(expected);
  expect(readBoxes({ data: nms, dims: [2, 3, 6] }, { layout: 'nms', ...limits })).toEqual(expected);
  const wanted = { ...limits, classes: new Set([0]) };
  for (const [layout, data, dims] of [
    ['v8', v8, [2, 6, 3]],
    ['v5', v5, [2, 3, 7]],
    ['nms', nms, [2, 3, 6]],
  ] as const) {
    const [first] = readBoxes({ data, dims }, { layout, ...wanted });
    expect(first?.map((found) => found.class)).toEqual([0]);
  }
});

test('numbers that are none are no boxes', () => {
  const data = new Float32Array(18).fill(Number.NaN);
  expect(readBoxes({ data, dims: [1, 6, 3] }, { layout: 'v8', ...limits })).toEqual([[]]);
  expect(readBoxes({ data, dims: [1, 3, 6] }, { layout: 'v5', ...limits })).toEqual([[]]);
  expect(readBoxes({ data, dims: [1, 3, 6] }, { layout: 'nms', ...limits })).toEqual([[]]);
});

test('boxes overlap by the share of what they cover together', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  expect(overlap(box, box)).toBe(1);
  expect(overlap(box, { ...box, x: 5 })).toBeCloseTo(1 / 3);
  expect(overlap(box, { ...box, x: 10 })).toBe(0);
});

test('a model says what its classes are called', async () => {
  const path = join(temporaryDirectory(), 'model.onnx');
  const model = brightSquareModel({ size: 64, batch: 1, square: 8, stride: 4 });
  writeFileSync(path, model);
  const metadata = await readMetadata(path);
  expect(readNames(metadata.names)).toEqual(['square']);
  expect(metadata.imgsz).toBe('[64, 64]');
  expect(readNames(`{0: 'person', 2: "driver's cab", 1: 'it\\'s'}`)).toEqual([
    'person',
    "it's",
    "driver's cab",
  ]);
  expect(readNames('nonsense')).toBeUndefined();
  for (const cut of [1, 100, model.length - 3]) {
    writeFileSync(path, model.subarray(0, cut));
    await expect(readMetadata(path)).rejects.toThrow(/no ONNX file/);
  }
  writeFileSync(path, 'hello');
  await expect(readMetadata(path)).rejects.toThrow(/no ONNX file/);
});

test('the command line is checked before anything opens', async () => {
  await expect(readOptions(['rtsp://a/b'])).rejects.toThrow(/--model/);
  await expect(readOptions(['--model', 'm'])).rejects.toThrow(/no camera/);
  await expect(readOptions(['--model', 'm', 'nonsense'])).rejects.toThrow(/no camera/);
  await expect(readOptions(['--model', 'm', '--threshold', '2', 'rtsp://a'])).rejects.toThrow(
    /--threshold must be from 0 to 1/,
  );
  await expect(readOptions(['--model', 'm', '--layout', 'v6', 'rtsp://a'])).rejects.toThrow(/v5/);
  await expect(readOptions(['--model', 'm', '--nonsense', 'rtsp://a'])).rejects.toThrow(/nonsense/);
  const options = await readOptions([
    ...['--model', 'm', '--classes', 'person,2', 'rtsp://a/1', 'door=rtsp://b/1'],
    'door=rtsp://b/2',
  ]);
  expect(options.cameras).toEqual([
    { id: 'camera1', url: 'rtsp://a/1' },
    { id: 'door', url: 'rtsp://b/1', sub: { url: 'rtsp://b/2' } },
  ]);
  expect(classNumbers(options.classes, ['car', 'person'])).toEqual(new Set([1, 2]));
  expect(() => classNumbers(['dog'], ['car', 'person'])).toThrow(/has no class 'dog'.*car, person/);
});

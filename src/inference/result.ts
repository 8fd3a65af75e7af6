// What a model found in a picture, checked at the door: models are other people's code.
import {
  type Check,
  checkOptions,
  decimal,
  integer,
  invalidArgument,
  list,
  optional,
  text,
  time,
} from '../arguments/index.js';

/** A part of a picture, from its top left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Something that a model found. */
export interface Detection extends Box {
  /** For example `person`. */
  label: string;
  /** From 0 to 1. */
  score: number;
}

/** What a model found in one frame of a camera. Boxes are shares of the picture, 0 to 1. */
export interface DetectionResult {
  cameraId: string;
  /** Media time of the frame, in microseconds. */
  timestamp: number;
  /** When the frame came, in UTC milliseconds. */
  at: number;
  /** How long the model took. */
  inferenceMs: number;
  boxes: Detection[];
}

/** A result to add, see {@link FrameProvider.addResult}. */
export interface NewDetectionResult {
  boxes: readonly Detection[];
  inferenceMs?: number;
  /** Of the frame; of a batch's item its own. */
  timestamp?: number;
  /** UTC milliseconds of the frame. Default: of a batch's item its arrival, else now. */
  at?: number;
}

/** More boxes than this are no result but a model's noise: give it a threshold. */
export const MAX_BOXES = 1000;

const number: Check<number> = (name, value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidArgument(name, 'a number', value);
  }
  return value;
};

const size: Check<number> = (name, value) => {
  if (number(name, value) < 0) throw invalidArgument(name, '0 or more', value);
  return value as number;
};

/** ERR_INVALID_ARGUMENT naming what is wrong. */
export function checkResult(where: string, result: NewDetectionResult) {
  const { boxes, ...rest } = checkOptions(where, result, {
    boxes: list,
    inferenceMs: optional(decimal(0, Number.MAX_SAFE_INTEGER, 'milliseconds'), 0),
    timestamp: optional(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'microseconds')),
    at: optional(time),
  });
  if (boxes.length > MAX_BOXES) {
    throw invalidArgument(`${where}: boxes`, `at most ${MAX_BOXES} boxes`, boxes.length);
  }
  const checked = boxes.map((box, i) =>
    checkOptions(`${where}: boxes[${i}]`, box as Detection, {
      x: number,
      y: number,
      width: size,
      height: size,
      label: text(1, 64),
      score: decimal(0, 1),
    }),
  );
  return { ...rest, boxes: checked };
}

/** The smallest box around both. */
export function unite(a: Box, b: Box): Box {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

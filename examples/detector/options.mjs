// The command line of the detector.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

export const USAGE = `node detector.mjs --model FILE.onnx [options] [ID=]URL ...

  --model FILE       a YOLO detector (v5, v7, v8, v9, v10, 11, 12), exported to ONNX
  --labels FILE      names of the classes, one a line (default: those in the model)
  --classes A,B      only these classes, by name or number
  --threshold X      how sure it has to be, 0 to 1 (default 0.35)
  --iou X            how far boxes of a class may overlap, 0 to 1 (default 0.45)
  --layout NAME      of the output: v5, v8 or nms (default: found out)
  --size N           side of the pictures, where the model takes any (default: as it was trained)
  --batch N          cameras at a time, where the model takes any number (default 1)
  --quality NAME     THUMBNAIL, GRID_VIEW, FOCUSED, FULLSCREEN (default GRID_VIEW: the sub stream)
  --fps N            frames a second of each camera, at most (default 5)
  --runtime NAME     node (onnxruntime-node), web (onnxruntime-web: slower, runs everywhere)
  --device NAME      cpu or cuda (default: cuda where it works)
  --pictures DIR     writes a PNG with boxes for each camera whenever something is found
  --seconds N        ends after so long (default: at Ctrl-C)
  --json             one object a line: cameraId, at, timestamp, inferenceMs, boxes

Boxes are shares of the picture, from its top left corner: 0 to 1.
A second address of the same ID is its sub stream: door=rtsp://.../main door=rtsp://.../sub`;

/** What is wrong with the command line. */
export class UsageError extends Error {}

const SPEC = {
  model: { type: 'string' },
  labels: { type: 'string' },
  classes: { type: 'string' },
  threshold: { type: 'string', default: '0.35' },
  iou: { type: 'string', default: '0.45' },
  layout: { type: 'string', default: 'auto' },
  size: { type: 'string' },
  batch: { type: 'string' },
  quality: { type: 'string', default: 'GRID_VIEW' },
  fps: { type: 'string', default: '5' },
  runtime: { type: 'string', default: 'auto' },
  device: { type: 'string', default: 'auto' },
  pictures: { type: 'string' },
  seconds: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** @param {string[]} argv */
export async function readOptions(argv) {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options: SPEC, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (!values.model) throw new UsageError('--model is missing');
  if (positionals.length === 0) throw new UsageError('no camera was named');
  const oneOf = (name, choices) => {
    if (choices.includes(values[name])) return values[name];
    throw new UsageError(`--${name} must be one of ${choices.join(', ')}, not '${values[name]}'`);
  };
  const number = (name, min, max) => {
    if (values[name] === undefined) return undefined;
    const value = Number(values[name]);
    if (values[name].trim() !== '' && value >= min && value <= max) return value;
    throw new UsageError(`--${name} must be from ${min} to ${max}, not '${values[name]}'`);
  };
  return {
    model: values.model,
    labels: values.labels && (await readLabels(values.labels)),
    classes: values.classes?.split(',').map((each) => each.trim()),
    threshold: number('threshold', 0, 1),
    iou: number('iou', 0, 1),
    layout: oneOf('layout', ['auto', 'v5', 'v8', 'nms']),
    size: number('size', 32, 8192),
    batch: number('batch', 1, 256),
    quality: oneOf('quality', ['PAUSED', 'THUMBNAIL', 'GRID_VIEW', 'FOCUSED', 'FULLSCREEN']),
    fps: number('fps', 0.1, 120),
    runtime: oneOf('runtime', ['auto', 'node', 'web']),
    device: oneOf('device', ['auto', 'cpu', 'cuda']),
    pictures: values.pictures,
    seconds: number('seconds', 0.1, 1e7),
    json: values.json,
    cameras: readCameras(positionals),
  };
}

async function readLabels(path) {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new UsageError(`--labels: ${error.message}`);
  });
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** `door=rtsp://...`, or an address alone, which becomes camera1 and so on. */
function readCameras(names) {
  const cameras = new Map();
  names.forEach((name, i) => {
    const match = /^(?:([\w.-]+)=)?([a-z][a-z0-9+.-]*:\/\/.*)$/i.exec(name);
    if (!match) throw new UsageError(`'${name}' is no camera: give an address, or ID=ADDRESS`);
    const [, id = `camera${i + 1}`, url] = match;
    const known = cameras.get(id);
    if (known?.sub) throw new UsageError(`camera '${id}' has more than two streams`);
    if (known) known.sub = { url };
    else cameras.set(id, { id, url });
  });
  return [...cameras.values()];
}

/**
 * The classes that were asked for, as numbers.
 *
 * @param {string[] | undefined} wanted
 * @param {string[] | undefined} labels
 */
export function classNumbers(wanted, labels) {
  if (!wanted) return undefined;
  return new Set(
    wanted.map((each) => {
      const index = labels?.indexOf(each) ?? -1;
      if (index >= 0) return index;
      if (/^\d+$/.test(each)) return Number(each);
      const known = labels ? `; it has ${labels.slice(0, 20).join(', ')}` : '';
      throw new UsageError(`--classes: the model has no class '${each}'${known}`);
    }),
  );
}

#!/usr/bin/env node
// Finds things in the pictures of cameras, with any YOLO model: frames come from a FrameProvider, go
// through ONNX Runtime, and come back as results of the provider.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Camera, FrameProvider, isFluxError } from '@fluxvision/core';
import { drawBoxes, toPng } from './draw.mjs';
import { loadModel } from './model.mjs';
import { classNumbers, readOptions, USAGE, UsageError } from './options.mjs';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

try {
  const options = await readOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else await detect(options);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    console.error(`detector: ${error.message}`);
    process.exitCode = 1;
  }
}

async function detect(options) {
  const model = await loadModel(options.model, options);
  const classes = classNumbers(options.classes, model.labels);
  if (options.pictures) await mkdir(options.pictures, { recursive: true });
  const provider = await FrameProvider.open();
  const cameras = [];
  const timer = options.seconds && setTimeout(() => stop.abort(), options.seconds * 1000);
  try {
    for (const each of options.cameras) {
      const camera = new Camera({ ...each, onDemand: true });
      cameras.push(camera);
      camera.on('state', ({ error }) => error && console.error(`${camera.id}: ${error.message}`));
      camera.start();
      provider.add(camera, { quality: options.quality, maxFrameRate: options.fps });
    }
    if (!options.json) {
      console.log(
        `${model.name}: ${model.width}x${model.height}, ${model.batch} at a time, ` +
          `${model.runtime} on ${model.device}`,
      );
    }
    provider.on('result', (result) => {
      print(result, options.json);
      if (options.pictures && result.boxes.length > 0) {
        writePicture(provider, result, options.pictures).catch((error) =>
          console.error(`${result.cameraId}: ${error.message}`),
        );
      }
    });
    await run(model, provider, { ...options, classes });
  } finally {
    clearTimeout(timer);
    await provider.close();
    await Promise.all(cameras.map((camera) => camera.close()));
    await model.close();
  }
}

async function run(model, provider, { threshold, iou, classes }) {
  const { width, height, batch: count, format } = model;
  const batch = provider.createBatch({ width, height, count, format });
  while (!stop.signal.aborted) {
    let items;
    try {
      items = await batch.next({ signal: stop.signal });
    } catch (error) {
      if (isFluxError(error, 'ERR_ABORTED')) return;
      throw error;
    }
    const begun = performance.now();
    const pictures = await model.run(batch, { threshold, iou, classes });
    const inferenceMs = performance.now() - begun;
    items.forEach((item, i) => {
      const boxes = pictures[i].map(({ class: number, score, ...box }) => ({
        ...{ x: box.x, y: box.y, width: Math.max(0, box.width), height: Math.max(0, box.height) },
        label: model.label(number).slice(0, 64),
        score: Math.min(1, score),
      }));
      provider.addResult(item, { boxes, inferenceMs });
    });
  }
}

function print(result, json) {
  if (json) {
    console.log(JSON.stringify(result));
    return;
  }
  const what = result.boxes.map(({ label, score }) => `${label} ${Math.round(score * 100)} %`);
  if (what.length === 0) return;
  const time = new Date(result.at).toISOString().slice(11, 23);
  console.log(
    `${time} ${result.cameraId}: ${what.join(', ')} (${result.inferenceMs.toFixed(0)} ms)`,
  );
}

/** The newest frame, which may be one or two after that of the result. */
async function writePicture(provider, result, folder) {
  const newest = provider.newest(result.cameraId);
  if (!newest) return;
  const { frame } = newest;
  try {
    const size = { width: frame.width, height: frame.height };
    const rgb = new Uint8Array(size.width * size.height * 3);
    await frame.copyTo(rgb, { format: 'rgb', ...size });
    drawBoxes(rgb, size, result.boxes);
    await writeFile(join(folder, `${result.cameraId}-${result.at}.png`), toPng(rgb, size));
  } finally {
    frame.close();
  }
}

// The detector of examples/ as one would run it: cameras, a model, boxes where the square is.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { overlap } from '../../examples/detector/yolo.mjs';
import { RtspSimulator } from '../../src/index.js';
import { brightSquareModel } from '../support/onnx-model.js';
import { makeSquareClip, SQUARE_CLIP, SQUARE_SPEED, squareAt } from '../support/square-clip.js';
import { folderOfThisFile } from './support/folder.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = folderOfThisFile();
const script = installExample();

interface Line {
  cameraId: string;
  timestamp: number;
  boxes: { x: number; y: number; width: number; height: number; label: string; score: number }[];
}

/** A copy of the example with what `npm install` would bring. */
function installExample(): string {
  const example = join(folder, 'detector');
  cpSync(join(ROOT, 'examples/detector'), example, {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  });
  const modules = join(example, 'node_modules');
  mkdirSync(join(modules, '@fluxvision'), { recursive: true });
  symlinkSync(ROOT, join(modules, '@fluxvision/core'));
  symlinkSync(join(ROOT, 'node_modules/onnxruntime-web'), join(modules, 'onnxruntime-web'));
  return join(example, 'detector.mjs');
}

function run(argv: string[]) {
  const child = spawn(process.execPath, [script, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { lines: [] as Line[], stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  onTestFinished(() => void child.kill());
  return { child, output, ended };
}

test('the detector finds a square with a model, and says where it is', async () => {
  const clip = makeSquareClip(folder);
  const simulator = await RtspSimulator.start({ clip, cameras: 2 });
  onTestFinished(() => simulator.close());
  // Half the size of the clip: squares of 48 pixels.
  const model = join(folder, 'squares.onnx');
  const { side, seconds, left, width } = SQUARE_CLIP;
  writeFileSync(model, brightSquareModel({ size: 320, batch: 2, square: side / 2, stride: 8 }));
  const pictures = join(folder, 'pictures');
  const [one, two] = simulator.urls;
  const { child, output, ended } = run([
    ...['--model', model, '--json', '--threshold', '0.7', '--pictures', pictures],
    ...['--classes', 'square', `one=${one}`, `two=${two}`],
  ]);
  const enough = new Promise<void>((resolve) => {
    child.stdout.on('data', () => {
      if (output.stdout.split('\n').length > 24) resolve();
    });
  });
  await Promise.race([enough, ended]);
  child.kill('SIGTERM');
  expect(await ended, output.stderr).toBe(0);
  const lines = output.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
  for (const id of ['one', 'two']) {
    const found = lines.filter(({ cameraId, boxes }) => cameraId === id && boxes.length === 1);
    expect(found.length).toBeGreaterThan(4);
    // The first says when the clip began; the others have to be where the square is by then.
    const [first] = found;
    const started =
      (first?.timestamp ?? 0) / 1e6 - ((first?.boxes[0]?.x ?? 0) * width - left) / SQUARE_SPEED;
    for (const { timestamp, boxes } of found.slice(1)) {
      const at = timestamp / 1e6 - started;
      const truth = squareAt(((at % seconds) + seconds) % seconds);
      const [box] = boxes;
      if (!box || truth.x > 0.78 || truth.x < 0.08) continue; // the clip may begin anew there
      expect(overlap(box, truth), JSON.stringify({ box, truth })).toBeGreaterThan(0.6);
      expect(box.label).toBe('square');
    }
  }
  const [picture = ''] = readdirSync(pictures);
  const png = readFileSync(join(pictures, picture));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([640, 360]);
});

test('the detector says what is wrong, and ends', async () => {
  const model = join(folder, 'small.onnx');
  writeFileSync(model, brightSquareModel({ size: 64, batch: 1, square: 8, stride: 4 }));
  const results = await Promise.all(
    [
      [],
      ['--model', join(folder, 'none.onnx'), 'rtsp://127.0.0.1:9/'],
      ['--model', model, '--classes', 'dog', 'rtsp://127.0.0.1:9/'],
      ['--model', model, '--runtime', 'web', '--device', 'cuda', 'rtsp://127.0.0.1:9/'],
    ].map(async (argv) => {
      const { output, ended } = run(argv);
      return { code: await ended, text: output.stderr };
    }),
  );
  expect(results.map(({ code }) => code)).toEqual([2, 1, 2, 1]);
  expect(results[0]?.text).toMatch(/--model is missing/);
  expect(results[1]?.text).toMatch(/cannot read the model .*none\.onnx/);
  expect(results[2]?.text).toMatch(/no class 'dog'; it has square/);
  expect(results[3]?.text).toMatch(/no CUDA/);
});

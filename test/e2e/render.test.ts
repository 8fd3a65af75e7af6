// From a camera to pixels: simulator, decoder and renderer, without a screen and in a window.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Camera, DecoderPool, GridRenderer, RtspSimulator } from '../../src/index.js';
import { makeClip, SMALL } from './support/clips.js';
import { folderOfThisFile, until } from './support/folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = folderOfThisFile();
let simulator: RtspSimulator;

beforeAll(async () => {
  const clip = makeClip(folder, 'bars.mp4', SMALL);
  simulator = await RtspSimulator.start({ clip });
});

afterAll(async () => {
  await simulator?.close();
});

interface Pixels {
  width: number;
  data: Buffer;
  bytesPerPixel: number;
}

/** Mean colour of a patch around a place of a rectangle. */
function patch(pixels: Pixels, left: number, top: number, width: number, height: number) {
  const mean = [0, 0, 0];
  const side = 5;
  for (let y = 0; y < side; ++y) {
    for (let x = 0; x < side; ++x) {
      const row = Math.round(top + height) + y - 2;
      const at = (row * pixels.width + Math.round(left + width) + x - 2) * pixels.bytesPerPixel;
      for (let i = 0; i < 3; ++i) mean[i] = (mean[i] ?? 0) + (pixels.data[at + i] ?? 0) / side ** 2;
    }
  }
  return mean.map((value) => (value > 128 ? 1 : 0)).join('');
}

/** The bars of ffmpeg's testsrc2: red, green, yellow, blue. */
function bars(pixels: Pixels, left: number, top: number, width: number, height: number): string[] {
  return [1, 3, 5, 7].map((twelfth) =>
    patch(pixels, left, top, (twelfth * width) / 12, height * 0.62),
  );
}
const BARS = ['100', '010', '110', '001'];

describe('rendering', () => {
  it('shows what a camera sends in its tile', async () => {
    const grid = await GridRenderer.open({
      width: 800,
      height: 300,
      layout: '2x1',
      backend: 'software',
    });
    onTestFinished(() => grid.close());
    const pool = await DecoderPool.open({ backend: 'libavcodec' });
    onTestFinished(() => pool.close());
    const camera = new Camera({ id: 'bars', url: simulator.urls[0] ?? '' });
    onTestFinished(() => camera.close());
    const decoder = pool.decoder(camera);
    grid.setTile(1, { source: decoder, fit: 'stretch' });
    camera.start();
    const shown = async () => {
      const { data, width } = await grid.capture({ format: 'rgba' });
      return bars({ data, width, bytesPerPixel: 4 }, 400, 0, 400, 300).join();
    };
    // Now and then a moving part of the picture covers a bar.
    while ((await shown()) !== BARS.join());
    expect(grid.qualityOf(1)).toBe('FOCUSED');

    grid.setTile(1, { source: null });
    const { framesIn } = grid.stats();
    const decoded = decoder.stats().framesOut;
    await until(() => decoder.stats().framesOut > decoded + 3);
    expect(grid.stats().framesIn).toBe(framesIn);
  });

  it('shows a camera in two tiles, at the quality that the larger one needs', async () => {
    const grid = await GridRenderer.open({
      width: 1200,
      height: 300,
      layout: {
        tiles: [
          { x: 0, y: 0, width: 300, height: 200 },
          { x: 300, y: 0, width: 900, height: 300 },
        ],
        unit: 'pixel',
      },
      backend: 'software',
    });
    onTestFinished(() => grid.close());
    const url = simulator.urls[0] ?? '';
    const camera = new Camera({ id: 'bars', url, sub: { url } });
    onTestFinished(() => camera.close());
    // The large one first: the small one alone would have the sub stream opened, which then lingers for a while.
    for (const tile of [1, 0]) grid.setTile(tile, { source: camera, fit: 'stretch' });
    camera.start();
    const shown = async () => {
      const { data, width } = await grid.capture({ format: 'rgba' });
      const pixels = { data, width, bytesPerPixel: 4 };
      return [...bars(pixels, 0, 0, 300, 200), ...bars(pixels, 300, 0, 900, 300)].join();
    };
    while ((await shown()) !== [...BARS, ...BARS].join());
    await until(() => camera.streamState('sub') === 'idle');

    grid.setTile(1, { source: null });
    await until(() => camera.streamState('sub') === 'playing');
    const { framesIn } = grid.stats();
    await until(() => grid.stats().framesIn > framesIn + 3);
  });

  // A graphics card's console is a display too, which SDL takes where it may.
  it.skipIf(existsSync('/dev/dri'))('says that there is no display for a wall', () => {
    const environment = { ...process.env };
    for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'SDL_VIDEODRIVER']) delete environment[name];
    const wall = join(root, 'examples', 'wall', 'wall.mjs');
    const { status, stderr } = spawnSync(process.execPath, [wall, 'rtsp://127.0.0.1:9/'], {
      env: environment,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toContain('finds no display: set DISPLAY or WAYLAND_DISPLAY');
    expect(status).toBe(1);
  });

  it('shows a wall in a window', async () => {
    const screen = spawn(
      'Xvfb',
      // Otherwise it begins anew, and refuses who comes meanwhile, whenever its last client leaves.
      ['-displayfd', '3', '-noreset', '-screen', '0', '640x360x24', '-nolisten', 'tcp'],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      },
    );
    onTestFinished(() => void screen.kill());
    const [number] = (await once(screen.stdio[3] as Readable, 'data')) as [Buffer];
    const display = `:${number.toString().trim()}`;
    const environment = { ...process.env, DISPLAY: display, SDL_VIDEODRIVER: 'x11' };
    const wall = spawn(
      process.execPath,
      [
        join(root, 'examples', 'wall', 'wall.mjs'),
        ...['--size', '640x360', '--layout', '2x2', `Bars=${simulator.urls[0]}`],
      ],
      { env: environment, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    onTestFinished(() => void wall.kill('SIGKILL'));
    const screenshot = (): Pixels => ({
      width: 640,
      bytesPerPixel: 3,
      data: execFileSync('ffmpeg', [
        ...['-v', 'error', '-f', 'x11grab', '-video_size', '640x360', '-i', display],
        ...['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
      ]),
    });
    const shows = (width: number, height: number) =>
      until(() => {
        expect(wall.exitCode, 'how the wall ended').toBeNull();
        return bars(screenshot(), 0, 0, width, height).join() === BARS.join();
      });
    const press = (...keys: string[]) => execFileSync('xdotool', keys, { env: environment });

    await shows(320, 180);
    press('mousemove', '100', '100', 'click', '--repeat', '2', '--delay', '50', '1');
    await shows(640, 360);
    press('key', 'q');
    const [code] = await once(wall, 'exit');
    expect(code).toBe(0);
  });
});

// A wall of cameras in a window: node examples/wall/wall.mjs [options] [NAME=]URL...
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Camera, GridRenderer } from '@fluxvision/core';

const usage = `Usage: node wall.mjs [options] [NAME=]URL...

  --config FILE    cameras from a JSON file: [{ "name", "url", "sub" }, ...]
  --layout 3x3     columns by rows, up to 8x8 (default: what the cameras need)
  --size 1280x720  of the window
  --fullscreen     over the whole screen
  --font FILE      for names and labels

In the window: double-click a camera to see it alone, and again to go back; 1 to 8 for that many rows
and columns; O overlays; F the whole screen; S a picture of the wall; Q or Escape ends it.`;

const { values, positionals } = orRefuse(() =>
  parseArgs({
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      layout: { type: 'string' },
      size: { type: 'string', default: '1280x720' },
      fullscreen: { type: 'boolean', default: false },
      font: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }),
);

function refuse(why) {
  console.error(`wall: ${why}\n\n${usage}`);
  process.exit(2);
}

function orRefuse(read, where = '') {
  try {
    return read();
  } catch (error) {
    return refuse(`${where}${error.message}`);
  }
}

/** `Main gate=rtsp://...`; a URL alone is its own name. */
function cameraOf(argument) {
  const [, name, url] = /^(?:([^=:]*)=)?(.*)$/s.exec(argument);
  if (!URL.canParse(url)) refuse(`'${argument}' is no camera: give a URL, or NAME=URL`);
  return { name: name ?? new URL(url).host, url };
}

function camerasOf() {
  const read = () => JSON.parse(readFileSync(values.config, 'utf8'));
  const listed = values.config ? orRefuse(read, '--config: ') : [];
  if (!Array.isArray(listed)) refuse('--config: expected a list of cameras');
  return [...listed, ...positionals.map(cameraOf)].slice(0, 64);
}

/** The smallest square that holds them all. */
function squareFor(count) {
  const side = Math.max(1, Math.ceil(Math.sqrt(count)));
  return `${side}x${side}`;
}

const cameras = camerasOf();
if (values.help || cameras.length === 0) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

if (!/^\d+x\d+$/.test(values.size)) refuse(`--size must be as 1280x720, not '${values.size}'`);
if (values.layout && !/^[1-8]x[1-8]$/.test(values.layout)) {
  refuse(`--layout must be from 1x1 to 8x8, not '${values.layout}'`);
}
const [width, height] = values.size.split('x').map(Number);
const grid = await GridRenderer.open({
  width,
  height,
  layout: values.layout ?? squareFor(cameras.length),
  window: { title: 'Wall', fullscreen: values.fullscreen },
  ...(values.font && { font: values.font }),
}).catch((error) => {
  console.error(`wall: ${error.message}`);
  process.exit(1);
});
const opened = [];
for (const [tile, { name, url, sub }] of cameras.entries()) {
  const camera = new Camera({ id: `camera-${tile + 1}`, url, ...(sub && { sub: { url: sub } }) });
  camera.on('state', ({ stream, state, error }) => {
    if (error) console.error(`${name}, ${stream}: ${error.message}`);
    if (state === 'playing') grid.setTile(tile, { status: 'live' });
    if (state === 'waiting') grid.setTile(tile, { status: 'offline' });
  });
  // Decodes the stream that the tile needs, and follows the tile's size.
  grid.setTile(tile, { name, source: camera });
  camera.start();
  opened.push(camera);
}

let alone;
let overlays = true;
let wholeScreen = values.fullscreen;
const keys = {
  O: () => {
    overlays = !overlays;
    grid.setOverlay({ names: overlays, status: overlays, fps: overlays, boxes: overlays });
  },
  F: () => {
    wholeScreen = !wholeScreen;
    grid.setWindowFullscreen(wholeScreen);
  },
  S: async () => {
    const file = `wall-${new Date().toISOString().replaceAll(':', '-')}.png`;
    const { data } = await grid.capture({ format: 'png' });
    writeFileSync(file, data);
    console.log(file);
  },
  Q: end,
  Escape: end,
};
grid.on('key', (key) => {
  if (/^[1-8]$/.test(key)) grid.setLayout(`${key}x${key}`);
  else void keys[key]?.();
});
grid.on('doubleclick', ({ tile }) => {
  alone = alone === undefined ? tile : undefined;
  grid.fullscreen(alone);
});
grid.on('error', (error) => console.error(error.message));
grid.on('closed', end);
process.once('SIGINT', end);
process.once('SIGTERM', end);
console.log(`showing ${cameras.length} cameras`);

let ending;
function end() {
  ending ??= (async () => {
    await grid.close();
    await Promise.all(opened.map((camera) => camera.close()));
  })();
  return ending;
}

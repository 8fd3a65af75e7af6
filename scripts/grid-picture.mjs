// Draws docs/images/grid-6x6.png with the GridRenderer: node scripts/grid-picture.mjs [FILE]. Needs
// `npm run build`, a font with Hangul, and `ffmpeg`, which reduces the picture to 256 colours.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GridRenderer } from '../dist/index.js';
import { paintScene } from './scenes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = process.argv[2] ?? join(root, 'docs', 'images', 'grid-6x6.png');
const places = ['정문', '1층 복도', '주차장', '로비', '전산실', '금고'];
const halls = ['Main gate', 'Corridor', 'Car park', 'Lobby', 'Server room', 'Vault'];
/** By how many places each row begins later, so that no column shows the same. */
const turns = [0, 3, 1, 4, 2, 5];
const offline = new Set([16, 29]);
const night = new Set([5, 12, 20, 26, 33]);

const grid = await GridRenderer.open({
  width: 1920,
  height: 1080,
  layout: { columns: 6, rows: 6, gap: 2 },
  backend: 'software',
});
grid.on('error', (error) => {
  throw error;
});
grid.setOverlay({ fps: false });
for (let tile = 0; tile < 36; ++tile) {
  const seed = tile + turns[Math.floor(tile / 6)];
  const kind = seed % 6;
  const { data, boxes } = paintScene(seed, 640, 360, {
    found: tile % 5 === 0,
    night: night.has(tile),
  });
  grid.setFrame(tile, { data, width: 640, height: 360, format: 'rgb' });
  grid.setTile(tile, {
    name: `${places[kind]} ${Math.floor(tile / 6) + 1} · ${halls[kind]}`,
    status: offline.has(tile) ? 'offline' : tile % 4 === 1 ? 'live' : 'recording',
  });
  grid.setBoxes(
    tile,
    boxes.map((box, i) => ({ ...box, score: 0.97 - 0.03 * ((tile + i) % 5) })),
  );
}
const { data } = await grid.capture({ format: 'png' });
await grid.close();

const palette =
  '[0]split[a][b];[a]palettegen=max_colors=256:stats_mode=full[p];[b][p]paletteuse=dither=none';
const made = spawnSync(
  'ffmpeg',
  [
    '-v',
    'error',
    '-y',
    '-f',
    'png_pipe',
    '-i',
    '-',
    '-filter_complex',
    palette,
    '-frames:v',
    '1',
    file,
  ],
  { input: data, stdio: ['pipe', 'inherit', 'inherit'] },
);
if (made.status !== 0) throw new Error(`ffmpeg could not write ${file}`);

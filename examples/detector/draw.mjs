// Boxes on a picture, as a PNG file.
import { deflateSync } from 'node:zlib';

const COLOURS = [
  [255, 196, 0],
  [0, 200, 255],
  [255, 80, 80],
  [120, 255, 120],
  [230, 120, 255],
];

/**
 * Draws frames of three pixels into `rgb`.
 *
 * @param {Uint8Array} rgb
 * @param {{ width: number, height: number }} size
 * @param {{ x: number, y: number, width: number, height: number, label: string }[]} boxes in shares
 */
export function drawBoxes(rgb, { width, height }, boxes) {
  const labels = [...new Set(boxes.map(({ label }) => label))].sort();
  for (const box of boxes) {
    const colour = COLOURS[labels.indexOf(box.label) % COLOURS.length];
    const left = Math.round(box.x * width);
    const top = Math.round(box.y * height);
    const right = Math.round((box.x + box.width) * width);
    const bottom = Math.round((box.y + box.height) * height);
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
        const edge = Math.min(x - left, right - 1 - x, y - top, bottom - 1 - y);
        if (edge < 3) rgb.set(colour, (y * width + x) * 3);
        else if (x < right - 3 && edge >= 3) x = right - 4;
      }
    }
  }
}

/**
 * A PNG file of RGB pixels.
 *
 * @param {Uint8Array} rgb
 * @param {{ width: number, height: number }} size
 */
export function toPng(rgb, { width, height }) {
  const lines = Buffer.alloc(height * (width * 3 + 1)); // each begins with filter 0
  for (let y = 0; y < height; y++) {
    lines.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // bits, RGB
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// A grid of cameras, drawn on the CPU by Mesa: what is seen where, and what is refused.
import { afterEach, describe, expect, it } from 'vitest';
import {
  Camera,
  DecoderPool,
  type GridCapture,
  GridRenderer,
  type GridRendererOptions,
  type Layout,
  type TilePicture,
} from '../../../src/index.js';
import { thrownBy } from '../thrown.js';

const open: GridRenderer[] = [];

async function openGrid(options: GridRendererOptions = {}): Promise<GridRenderer> {
  const grid = await GridRenderer.open({
    width: 200,
    height: 100,
    backend: 'software',
    maxFps: 100,
    ...options,
  });
  open.push(grid);
  return grid;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((grid) => grid.close()));
});

/** A picture of one colour. */
function plain(red: number, green: number, blue: number): TilePicture {
  const data = new Uint8Array(16 * 16 * 3);
  for (let i = 0; i < data.length; i += 3) data.set([red, green, blue], i);
  return { data, width: 16, height: 16, format: 'rgb' };
}

function pixel(capture: GridCapture, x: number, y: number): number[] {
  const at = (y * capture.width + x) * 4;
  return [...capture.data.subarray(at, at + 3)];
}

/** Through Y'CbCr and back a level or two are lost. */
function expectColour(actual: number[], expected: number[]): void {
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((actual[i] as number) - value), `${actual}`).toBeLessThanOrEqual(3);
  }
}

describe('GridRenderer', () => {
  it('shows each frame in its tile', async () => {
    const grid = await openGrid({ layout: '2x1' });
    grid.setFrame(0, plain(200, 30, 60));
    grid.setFrame(1, plain(20, 90, 220));
    grid.setTile(1, { fit: 'stretch' });
    const capture = await grid.capture({ format: 'rgba' });
    expect(capture.data.length).toBe(200 * 100 * 4);
    expectColour(pixel(capture, 50, 50), [200, 30, 60]);
    expectColour(pixel(capture, 199, 99), [20, 90, 220]);
    const stats = grid.stats();
    expect(stats.drawCalls).toBe(stats.pictures);
    expect(stats.software).toBe(true);
  });

  it('counts where its pictures came from', async () => {
    const grid = await openGrid({ layout: '2x1' });
    grid.setTile(0, { name: 'abc' });
    grid.setFrame(1, plain(20, 90, 220));
    await grid.capture();
    const stats = grid.stats();
    expect(stats).toMatchObject({ framesScaled: 1, framesScaledLate: 1, framesShared: 0 });
    expect(stats.framesUploaded).toBeGreaterThanOrEqual(1);
    if (stats.text) expect(stats.glyphs).toBe(3);
    expect(stats).not.toHaveProperty('whyNotShared');
  });

  it('captures as PNG', async () => {
    const grid = await openGrid();
    const { data } = await grid.capture();
    expect(data.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(data.readUInt32BE(16)).toBe(200);
    expect(data.readUInt32BE(20)).toBe(100);
  });

  it.each([
    ['nv12', 16 * 16 * 1.5],
    ['i420', 16 * 16 * 1.5],
    ['gray', 16 * 16],
    ['rgba', 16 * 16 * 4],
  ] as const)('takes frames in %s', async (format, bytes) => {
    const grid = await openGrid();
    const data = new Uint8Array(bytes).fill(128);
    grid.setFrame(0, { data, width: 16, height: 16, format, fullRange: true });
    expectColour(pixel(await grid.capture({ format: 'rgba' }), 100, 50), [128, 128, 128]);
  });

  it('tells the quality that each tile needs, and when it changes', async () => {
    const grid = await openGrid({ width: 1600, height: 900, layout: '4x4' });
    const changes: string[] = [];
    grid.on('quality', ({ tile, quality }) => changes.push(`${tile} ${quality}`));
    await grid.capture();
    expect(grid.qualityOf(0)).toBe('FOCUSED');
    expect(grid.qualityOf(16)).toBe('PAUSED');
    changes.length = 0;
    grid.fullscreen(3);
    await grid.capture();
    expect(changes).toContain('3 FULLSCREEN');
    expect(changes).toContain('0 PAUSED');
    grid.fullscreen(undefined);
    await grid.capture();
    expect(grid.qualityOf(0)).toBe('FOCUSED');
  });

  it('takes custom layouts in fractions and in pixels', async () => {
    const grid = await openGrid({ layout: { tiles: [{ x: 0.5, y: 0, width: 0.5, height: 1 }] } });
    grid.setTile(0, { fit: 'stretch' });
    grid.setBackground({ background: '#102030' });
    grid.setFrame(0, plain(255, 255, 255));
    let capture = await grid.capture({ format: 'rgba' });
    expectColour(pixel(capture, 99, 50), [16, 32, 48]);
    expectColour(pixel(capture, 100, 50), [255, 255, 255]);
    grid.setLayout({ tiles: [{ x: 10, y: 20, width: 30, height: 40 }], unit: 'pixel' });
    capture = await grid.capture({ format: 'rgba' });
    expectColour(pixel(capture, 10, 20), [255, 255, 255]);
    expectColour(pixel(capture, 9, 20), [16, 32, 48]);
  });

  it('draws overlays, or leaves them out', async () => {
    const grid = await openGrid({ width: 320, height: 180 });
    grid.setFrame(0, plain(0, 0, 0));
    const bare = await grid.capture({ format: 'rgba' });
    grid.setTile(0, { name: '정문', status: 'recording' });
    grid.setBoxes(0, [{ x: 0.4, y: 0.4, width: 0.2, height: 0.2, label: 'person', score: 0.5 }]);
    const full = await grid.capture({ format: 'rgba' });
    expect(full.data.equals(bare.data)).toBe(false);
    grid.setOverlay({ names: false, status: false });
    grid.setOverlay({ fps: false, boxes: false });
    const without = await grid.capture({ format: 'rgba' });
    expect(without.data.equals(bare.data)).toBe(true);
  });

  it('says what a layout, a tile and a frame must be', async () => {
    const code = 'ERR_INVALID_ARGUMENT';
    await expect(GridRenderer.open({ layout: '9x1' })).rejects.toMatchObject({ code });
    const decoders = {} as DecoderPool;
    await expect(GridRenderer.open({ decoders })).rejects.toThrow('open: decoders must be');
    const grid = await openGrid();
    const refused: [() => void, string][] = [
      [() => grid.setLayout('wide' as Layout), 'columns by rows'],
      [() => grid.setLayout({ tiles: [] }), '1 to 64'],
      [() => grid.setLayout({ tiles: [{ x: 0, y: 0, width: 0, height: 1 }] }), 'width'],
      [() => grid.setTile(64, {}), 'tile'],
      [() => grid.setTile(0, { status: 'busy' as 'live' }), 'status'],
      [() => grid.setTile(0, 'rtsp://gate' as never), 'setTile: options must be a Camera'],
      [() => grid.setTile(0, grid as never), 'setTile: options must be a Camera'],
      [() => grid.setTile(0, { source: 'gate' as never }), 'setTile: source must be a Camera'],
      [() => grid.setBoxes(0, [{ x: Number.NaN, y: 0, width: 1, height: 1 }]), 'boxes[0]'],
      [() => grid.setBackground({ tile: '#12' }), "'#1a2b3c'"],
      [() => grid.setFrame(0, { ...plain(0, 0, 0), width: 17 }), '816 bytes'],
      [() => grid.resize(0, 5), 'width'],
    ];
    for (const [call, text] of refused) {
      const error = thrownBy(call);
      expect(error).toMatchObject({ code });
      expect(String(error)).toContain(text);
    }
  });

  it('decodes a camera once for all its tiles, and as long as one shows it', async () => {
    const decoders = await DecoderPool.open({ backend: 'libavcodec' });
    const grid = await openGrid({ layout: '2x1', decoders });
    const cameras = ['a', 'b'].map((id) => new Camera({ id, url: 'rtsp://127.0.0.1:9/' }));
    const [a, b] = cameras as [Camera, Camera];
    const open = () => decoders.stats().decoders;
    grid.setTile(0, a);
    grid.setTile(1, { source: a });
    await expect.poll(open).toBe(1);
    grid.setTile(1, b);
    expect(open()).toBe(2);
    grid.setTile(0, { source: null });
    await expect.poll(open).toBe(1);
    const own = decoders.decoder(a);
    grid.setTile(0, own);
    grid.setTile(0, { name: 'none', source: null });
    expect(open()).toBe(2); // the application's stays
    await grid.close();
    expect(open()).toBe(1);

    const other = await openGrid({ decoders });
    await Promise.all(cameras.map((camera) => camera.close()));
    expect(thrownBy(() => other.setTile(0, a))).toMatchObject({ code: 'ERR_CLOSED' });
    await decoders.close();
  });

  it('closes once, and says so afterwards', async () => {
    const grid = await openGrid();
    await Promise.all([grid.close(), grid.close()]);
    expect(thrownBy(() => grid.setTile(0, {}))).toMatchObject({ code: 'ERR_CLOSED' });
    await expect(grid.capture()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('ends with a capture under way', async () => {
    const grid = await openGrid();
    const capture = grid.capture().catch((error: unknown) => error);
    await grid.close();
    const result = await capture;
    if (result instanceof Error) expect(result).toMatchObject({ code: 'ERR_CLOSED' });
  });
});

// A wall of cameras: many pictures in one, with names, states and boxes. All pixels stay in native
// memory, on a thread and in a GL context of its own; here is what shall be seen where.
import { EventEmitter } from 'node:events';
import { checkOptions, flag, oneOf, optional } from '../arguments/index.js';
import { type Camera, type Quality, qualityForTile } from '../camera/index.js';
import { type Decoder, Frame, nativePictureOf } from '../decode/index.js';
import { FluxError } from '../errors.js';
import { deliver, emitError } from '../events.js';
import {
  type NativeGridRenderer,
  type NativeRendererEvent,
  type NativeRendererStats,
  native,
} from '../native/index.js';
import { checkLayout, type Layout, MAX_TILES } from './layout.js';
import {
  backgroundTable,
  checkBoxes,
  checkPicture,
  checkRendererOptions,
  checkTile,
  type GridRendererOptions,
  type OverlayBox,
  type OverlayColour,
  type OverlayOptions,
  overlayTable,
  sizeTable,
  type TileOptions,
  type TilePicture,
  tileNumber,
} from './options.js';
import { TileSources } from './tile-sources.js';

/** A tile is seen at another size, and its pictures need another quality. */
export interface TileQuality {
  tile: number;
  quality: Quality;
  /** Pixels; 0 by 0 where the tile is not seen. */
  width: number;
  height: number;
}

/** A click into the window of a {@link GridRenderer}. */
export interface GridClick {
  /** Absent beside all tiles. */
  tile?: number;
  /** Pixels of the picture. */
  x: number;
  y: number;
}

/** Events of {@link GridRenderer}, with their arguments. The last six come from a window. */
export interface GridRendererEvents {
  quality: [change: TileQuality];
  /**
   * `ERR_GL_LOST` and `ERR_GL`: it begins anew by itself; `ERR_LIMIT`, `ERR_UNSUPPORTED`: something
   * cannot be shown; `ERR_FONT`: no texts are drawn; others are of a camera's decoder (`cameraId`).
   * Without a listener: a process warning.
   */
  error: [error: FluxError];
  click: [click: GridClick];
  doubleclick: [click: GridClick];
  /** SDL's name of the key, such as `A`, `F11`, `Escape`, `Space`. */
  key: [key: string];
  resize: [size: { width: number; height: number }];
  /** Someone closed the window: the renderer goes on until its close(). */
  closed: [];
}

/** What {@link GridRenderer.capture} gives. */
export interface GridCapture {
  width: number;
  height: number;
  /** `png`: the file. `rgba`: four bytes for each pixel, from the top left on. */
  data: Buffer;
}

/** Counters of a {@link GridRenderer}. */
export interface GridRendererStats {
  /** What the OpenGL driver calls itself. */
  backend: string;
  /** OpenGL runs on the CPU. */
  software: boolean;
  /** There are fonts for names and labels. */
  text: boolean;
  /** Pictures of cameras that came. */
  framesIn: number;
  /** Of these, replaced by a newer one before they were drawn. */
  framesUnseen: number;
  /** Pictures of the grid since it was opened. */
  picturesDrawn: number;
  /** How long the last one took, in microseconds. */
  drawMicros: number;
  /** GL contexts made: more than one after losses. */
  contexts: number;
  /** Since the last context was made: pictures of the grid, and draw calls for them. */
  pictures: number;
  drawCalls: number;
  /** Rectangles in the last draw call. */
  quads: number;
  /** Pictures of cameras that the CPU brought to size. */
  framesScaled: number;
  /** Of these, while a picture of the grid waited: others were scaled when they came. */
  framesScaledLate: number;
  /** Went from the machine's memory to GL; each does twice while it stays, for there are two atlases. */
  framesUploaded: number;
  bytesUploaded: number;
  /** Went from CUDA to GL inside the GPU, counted as `framesUploaded` is. */
  framesShared: number;
  /** Why pictures that are on a GPU go through the machine's memory; absent where they need not. */
  whyNotShared?: string;
  /** Could not be shown. */
  framesFailed: number;
  /** Letters that are kept for names and labels. */
  glyphs: number;
  /** Pixels of the texture that all tiles share. */
  atlasWidth: number;
  atlasHeight: number;
}

/**
 * Draws up to 64 cameras into one picture, with one draw call, without a screen or in a window.
 *
 * @example
 * ```ts
 * const grid = await GridRenderer.open({ width: 1920, height: 1080, layout: '3x3' });
 * grid.setTile(0, { name: 'Main gate', status: 'live' });
 * grid.setFrame(0, { data, width: 640, height: 360, format: 'nv12' });
 * const { data: png } = await grid.capture({ format: 'png' });
 * await grid.close();
 * ```
 */
export class GridRenderer extends EventEmitter<GridRendererEvents> {
  readonly #native: NativeGridRenderer;
  readonly #qualities: Quality[] = new Array<Quality>(MAX_TILES).fill('PAUSED');
  readonly #sources: TileSources;
  #sizesKnown = false;
  #overlays = { names: true, status: true, fps: true, boxes: true };
  #closing: Promise<void> | undefined;

  private constructor(options: GridRendererOptions) {
    super();
    const { decoders, ...checked } = checkRendererOptions(options);
    this.#native = new native.GridRenderer(checked, (events) =>
      deliver(events, (event) => this.#onEvent(event)),
    );
    this.#sources = new TileSources({
      renderer: this.#native,
      pool: decoders,
      device: checked.device,
      qualityOf: (tile) => this.#qualities[tile] as Quality,
      onError: (error) => emitError(this, error),
    });
  }

  /**
   * @throws FluxError `ERR_INVALID_ARGUMENT`; `ERR_GL_UNAVAILABLE` where there is no OpenGL 3.3 or
   * OpenGL ES 3.0; `ERR_WINDOW` where there is no display or no SDL 2, or a window is open already.
   */
  static async open(options: GridRendererOptions = {}): Promise<GridRenderer> {
    const renderer = new GridRenderer(options);
    try {
      await renderer.#native.open();
    } catch (error) {
      await renderer.close();
      throw error;
    }
    return renderer;
  }

  setLayout(layout: Layout): void {
    this.#use().setLayout(checkLayout('GridRenderer.setLayout: layout', layout));
  }

  /**
   * What a tile has stays with it while another layout, or another tile alone, is shown. A camera or a
   * decoder alone is `{ source }`.
   *
   * @throws FluxError `ERR_INVALID_ARGUMENT` naming the option; `ERR_CLOSED` where the renderer, the
   * camera or the decoder is closed.
   *
   * @example
   * ```ts
   * grid.setTile(0, camera);
   * grid.setTile(1, { name: 'Vault', source: camera }); // the same decoder
   * ```
   */
  setTile(tile: number, options: TileOptions | Camera | Decoder): void {
    const number = tileNumber('GridRenderer.setTile: tile', tile);
    const { source, ...shown } = checkTile('GridRenderer.setTile', options);
    this.#use().setTile(number, shown);
    if (source !== undefined) this.#sources.set(number, source);
  }

  /** Replaces the boxes over a tile's picture: at most 256. */
  setBoxes(tile: number, boxes: readonly OverlayBox[]): void {
    const number = tileNumber('GridRenderer.setBoxes: tile', tile);
    this.#use().setBoxes(number, checkBoxes('GridRenderer.setBoxes', boxes));
  }

  setOverlay(options: OverlayOptions): void {
    const given = checkOptions('GridRenderer.setOverlay', options, overlayTable);
    const { names, status, fps, boxes } = this.#overlays;
    this.#overlays = {
      names: given.names ?? names,
      status: given.status ?? status,
      fps: given.fps ?? fps,
      boxes: given.boxes ?? boxes,
    };
    this.#use().setOverlays(this.#overlays);
  }

  /** `background` is seen between tiles, `tile` in bars and tiles without a picture. */
  setBackground(options: { background?: OverlayColour; tile?: OverlayColour }): void {
    const checked = checkOptions('GridRenderer.setBackground', options, backgroundTable);
    this.#use().setBackground(checked.background, checked.tile);
  }

  /** Shows one tile alone, or with undefined the layout again. */
  fullscreen(tile: number | undefined): void {
    const check = optional(tileNumber);
    this.#use().fullscreen(check('GridRenderer.fullscreen: tile', tile));
  }

  /** Pixels of the picture. A window has the size that people give it. */
  resize(width: number, height: number): void {
    checkOptions('GridRenderer.resize', { width, height }, sizeTable);
    this.#use().resize(width, height);
  }

  /** Over the whole screen, or as a window again. */
  setWindowFullscreen(on: boolean): void {
    this.#use().setWindowFullscreen(flag('GridRenderer.setWindowFullscreen: on', on));
  }

  /**
   * Shows a decoded frame, which may be closed at once, or a picture of your own, whose bytes are
   * copied.
   */
  setFrame(tile: number, picture: Frame | TilePicture): void {
    const number = tileNumber('GridRenderer.setFrame: tile', tile);
    if (picture instanceof Frame) this.#use().showFrame(number, nativePictureOf(picture));
    else this.#use().show(number, checkPicture(picture));
  }

  /** Takes a tile's picture away. */
  clear(tile: number): void {
    this.#use().clear(tileNumber('GridRenderer.clear: tile', tile));
  }

  /** The quality that a tile's pictures should have at the size at which it is seen. */
  qualityOf(tile: number): Quality {
    return this.#qualities[tileNumber('GridRenderer.qualityOf: tile', tile)] as Quality;
  }

  /** A picture that shows everything that was set before. */
  async capture(options: { format?: 'png' | 'rgba' } = {}): Promise<GridCapture> {
    const { format } = checkOptions('GridRenderer.capture', options, {
      format: optional(oneOf('png', 'rgba'), 'png'),
    });
    return this.#use().capture(format === 'png');
  }

  stats(): GridRendererStats {
    const stats: NativeRendererStats = this.#use().stats();
    return stats;
  }

  /** Closes the decoders that it made too. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([this.#native.close(), this.#sources.close()]);
  }

  #use(): NativeGridRenderer {
    if (this.#closing) throw new FluxError('ERR_CLOSED', 'The GridRenderer is closed.');
    return this.#native;
  }

  #onEvent(event: NativeRendererEvent): void {
    switch (event.type) {
      case 'view':
        this.#onView(event.tile, event.width, event.height);
        break;
      case 'error':
        emitError(this, event.error);
        break;
      case 'click':
      case 'doubleclick': {
        const { x, y, tile } = event;
        this.emit(event.type, tile < 0 ? { x, y } : { tile, x, y });
        break;
      }
      case 'key':
        this.emit('key', event.key);
        break;
      case 'resize':
        this.emit('resize', { width: event.width, height: event.height });
        break;
      case 'close':
        this.emit('closed');
        break;
      default: // hidden or shown: its tiles' views change
        break;
    }
  }

  #onView(tile: number, width: number, height: number): void {
    if (!this.#sizesKnown) {
      this.#sizesKnown = true;
      queueMicrotask(() => this.#sources.sizesKnown()); // the other tiles' come in the same batch
    }
    const quality = qualityForTile(width, height);
    if (quality === this.#qualities[tile]) return;
    this.#qualities[tile] = quality;
    this.#sources.qualityChanged(tile);
    this.emit('quality', { tile, quality, width, height });
  }
}

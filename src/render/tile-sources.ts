// Whose pictures tiles show: which decoder feeds which tile, at which quality, and the decoders of
// cameras that stand in tiles.
import { Camera, QUALITIES, type Quality } from '../camera/index.js';
import { type Decoder, DecoderPool, nativeDecoderOf } from '../decode/index.js';
import { aboutCamera, FluxError, isFluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import type { NativeGridRenderer } from '../native/index.js';

/** What a tile shows the pictures of. */
export type TileSource = Camera | Decoder;

/** What {@link TileSources} needs of its renderer. */
export interface TileSourcesOptions {
  renderer: Pick<NativeGridRenderer, 'setSource'>;
  /** Where cameras' decoders are made; without one, in a pool that the first camera opens. */
  pool: DecoderPool | undefined;
  /** CUDA's ordinal, for that pool. */
  device: number | undefined;
  qualityOf: (tile: number) => Quality;
  onError: (error: FluxError) => void;
}

/**
 * A camera has one decoder for all tiles that show it, which is closed with the last of them; a decoder
 * of the application's stays open. Either has the best quality that one of its tiles needs.
 */
export class TileSources {
  readonly #options: TileSourcesOptions;
  readonly #wanted = new Map<number, TileSource>();
  readonly #decoders = new Map<Camera, Decoder>();
  /** What decoders were told last: each time costs a request for a key frame. */
  readonly #told = new Map<TileSource, Quality>();
  #pool: DecoderPool | undefined;
  #opening: Promise<void> | undefined;
  #sizesKnown = false;

  constructor(options: TileSourcesOptions) {
    this.#options = options;
    this.#pool = options.pool;
  }

  /** @throws FluxError `ERR_CLOSED` where the camera, the decoder or the pool is. */
  set(tile: number, source: TileSource | null): void {
    const before = this.#wanted.get(tile);
    const decoder = source instanceof Camera ? this.#decoderFor(tile, source) : source;
    this.#options.renderer.setSource(tile, decoder ? nativeDecoderOf(decoder) : undefined);
    if (source) this.#wanted.set(tile, source);
    else this.#wanted.delete(tile);
    if (before && before !== source) this.#left(before);
    if (source) this.#follow(source);
  }

  /** How large tiles are seen is known from now on: before, no camera is decoded in vain. */
  sizesKnown(): void {
    this.#sizesKnown = true;
    for (const source of this.#wanted.values()) this.#follow(source);
    this.#connectCameras();
  }

  /** The tile is seen at another size. */
  qualityChanged(tile: number): void {
    const source = this.#wanted.get(tile);
    if (source) this.#follow(source);
  }

  async close(): Promise<void> {
    this.#wanted.clear();
    await this.#opening;
    await Promise.all([...this.#decoders.values()].map((decoder) => decoder.close()));
    this.#decoders.clear();
    if (!this.#options.pool) await this.#pool?.close();
  }

  /** Undefined while sizes are not known, or the pool opens. */
  #decoderFor(tile: number, camera: Camera): Decoder | undefined {
    if (camera.state === 'closed') {
      throw new FluxError('ERR_CLOSED', `Camera '${camera.id}' is closed. Show another.`);
    }
    const known = this.#decoders.get(camera);
    if (known) return known;
    if (!this.#pool) this.#opening ??= this.#open();
    if (!this.#pool || !this.#sizesKnown) return undefined;
    const quality = this.#qualityFor(camera, tile);
    const decoder = this.#pool.decoder(camera, { quality });
    this.#told.set(camera, quality);
    decoder.on('error', (error) => this.#options.onError(aboutCamera(error, camera.id)));
    this.#decoders.set(camera, decoder);
    return decoder;
  }

  async #open(): Promise<void> {
    const { device, onError } = this.#options;
    try {
      this.#pool = await DecoderPool.open(device === undefined ? {} : { device });
      this.#connectCameras();
    } catch (error) {
      this.#opening = undefined; // the next camera tries again
      onError(asFluxError(error, 'ERR_DECODER', 'Opening a DecoderPool for the tiles'));
    }
  }

  /** Those that had to wait. */
  #connectCameras(): void {
    for (const [tile, source] of [...this.#wanted]) {
      if (!(source instanceof Camera)) continue;
      try {
        this.set(tile, source);
      } catch (error) {
        const failure = asFluxError(error, 'ERR_DECODER', `Decoding camera '${source.id}'`);
        this.#options.onError(aboutCamera(failure, source.id));
      }
    }
  }

  /** A tile does not show it any more. */
  #left(source: TileSource): void {
    if ([...this.#wanted.values()].includes(source)) {
      this.#follow(source);
      return;
    }
    this.#told.delete(source);
    if (!(source instanceof Camera)) return;
    void this.#decoders.get(source)?.close();
    this.#decoders.delete(source);
  }

  #follow(source: TileSource): void {
    const decoder = source instanceof Camera ? this.#decoders.get(source) : source;
    if (!decoder || !this.#sizesKnown) return;
    const quality = this.#qualityFor(source);
    if (this.#told.get(source) === quality) return;
    this.#told.set(source, quality);
    try {
      decoder.setQuality(quality);
    } catch (error) {
      // Closed by its owner, or a decoder of footage, which has one quality.
      if (!isFluxError(error, 'ERR_CLOSED') && !isFluxError(error, 'ERR_STATE')) throw error;
    }
  }

  /** The best of its tiles, `newTile` among them. */
  #qualityFor(source: TileSource, newTile?: number): Quality {
    let best = 0;
    for (const [tile, shown] of [...this.#wanted, [newTile, source] as const]) {
      if (shown !== source || tile === undefined) continue;
      best = Math.max(best, QUALITIES.indexOf(this.#options.qualityOf(tile)));
    }
    return QUALITIES[best] as Quality;
  }
}

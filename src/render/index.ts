// Grids of cameras as pictures.
export {
  type GridCapture,
  type GridClick,
  GridRenderer,
  type GridRendererEvents,
  type GridRendererStats,
  type TileQuality,
} from './grid-renderer.js';
export type { Layout, TileRect } from './layout.js';
export type {
  GridRendererOptions,
  OverlayBox,
  OverlayColour,
  OverlayOptions,
  TileFit,
  TileOptions,
  TilePicture,
  TileStatus,
} from './options.js';
export type { TileSource } from './tile-sources.js';

// A grid of cameras, drawn with OpenGL.
import type { FluxError } from '../errors.js';
import type { NativeDecoder, NativeFrameHandle } from './decode.js';

export type NativeLayout =
  | { columns: number; rows: number; gap: number }
  | { tiles: { x: number; y: number; width: number; height: number }[]; pixels: boolean };

/** Red, green, blue, opacity: 0 to 255. */
export type NativeRgba = [number, number, number, number];

export interface NativeRendererOptions {
  width: number;
  height: number;
  layout: NativeLayout;
  backend: 'auto' | 'software';
  device?: number | undefined;
  maxFps: number;
  font: string;
  window?: { title: string; fullscreen: boolean } | undefined;
}

export interface NativeBox {
  x: number;
  y: number;
  width: number;
  height: number;
  label: string;
  score?: number | undefined;
  colour: NativeRgba;
}

export interface NativeHostPicture {
  data: Uint8Array;
  width: number;
  height: number;
  format: 'nv12' | 'i420' | 'gray' | 'rgb' | 'rgba';
  matrix: 'bt601' | 'bt709' | 'bt2020';
  fullRange: boolean;
}

export type NativeRendererEvent =
  | { type: 'view'; tile: number; width: number; height: number }
  | { type: 'error'; error: FluxError }
  | {
      type: 'close' | 'key' | 'click' | 'doubleclick' | 'resize' | 'hide' | 'show';
      key: string;
      x: number;
      y: number;
      /** -1: none. */
      tile: number;
      width: number;
      height: number;
    };

/** See GridRendererStats in render/ for what each means. */
export interface NativeRendererStats {
  backend: string;
  software: boolean;
  text: boolean;
  framesIn: number;
  framesUnseen: number;
  framesScaled: number;
  framesScaledLate: number;
  framesUploaded: number;
  bytesUploaded: number;
  framesShared: number;
  whyNotShared?: string;
  framesFailed: number;
  glyphs: number;
  picturesDrawn: number;
  pictures: number;
  drawCalls: number;
  quads: number;
  drawMicros: number;
  contexts: number;
  atlasWidth: number;
  atlasHeight: number;
}

export interface NativeGridRenderer {
  /** Once. Rejects with ERR_GL_UNAVAILABLE, ERR_WINDOW. */
  open(): Promise<void>;
  setLayout(layout: NativeLayout): void;
  /** What is undefined stays as it is. */
  setTile(
    tile: number,
    options: {
      name?: string | undefined;
      status?: 'none' | 'live' | 'recording' | 'offline' | undefined;
      fit?: 'letterbox' | 'stretch' | 'crop' | undefined;
    },
  ): void;
  /** Shows what a decoder delivers from now on, or with undefined nothing new. Throws ERR_CLOSED. */
  setSource(tile: number, decoder: NativeDecoder | undefined): void;
  setBoxes(tile: number, boxes: NativeBox[]): void;
  setOverlays(overlays: { names: boolean; status: boolean; fps: boolean; boxes: boolean }): void;
  setBackground(background: NativeRgba, tileBackground: NativeRgba): void;
  fullscreen(tile: number | undefined): void;
  resize(width: number, height: number): void;
  setWindowFullscreen(on: boolean): void;
  /** Copies the picture. */
  show(tile: number, picture: NativeHostPicture): void;
  /** Shares the picture: it may be closed at once. */
  showFrame(tile: number, picture: NativeFrameHandle): void;
  clear(tile: number): void;
  capture(png: boolean): Promise<{ width: number; height: number; data: Buffer }>;
  stats(): NativeRendererStats;
  close(): Promise<void>;
}

export interface RenderExports {
  GridRenderer: new (
    options: NativeRendererOptions,
    onEvents: (events: NativeRendererEvent[]) => void,
  ) => NativeGridRenderer;
}

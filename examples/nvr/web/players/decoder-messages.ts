// What passes between a tile and the worker that decodes for it.

export type ToDecoder =
  | { type: 'open'; id: number; canvas: OffscreenCanvas }
  | { type: 'init'; id: number; codec: string; configuration: Uint8Array }
  | {
      type: 'picture';
      id: number;
      key: boolean;
      timestamp: number;
      capturedAt: number;
      /** A whole message, and where its picture begins. */
      message: Uint8Array;
      offset: number;
    }
  | { type: 'resize'; id: number; width: number; height: number }
  | { type: 'close'; id: number };

export type FromDecoder =
  /** Sent for the first picture, and then at most every {@link REPORT_MS}. */
  | { type: 'shown'; id: number; frames: number; latencyMs: number | undefined }
  | { type: 'needKey'; id: number }
  | { type: 'failed'; id: number; reason: string };

export const REPORT_MS = 200;

export {
  type EncodeRoute,
  Encoder,
  type EncoderBackendChange,
  type EncoderEvents,
  type EncoderStats,
} from './encoder.js';
export type { EncoderOptions, EncoderQuality } from './options.js';

export {
  type EncodeRoute,
  Encoder,
  type EncoderBackendChange,
  type EncoderEvents,
  type EncoderStats,
} from './encoder.js';
export {
  checkEncoder,
  ENCODER_SETTINGS,
  type EncoderOptions,
  type EncoderQuality,
} from './options.js';

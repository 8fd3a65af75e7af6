export type { PictureOptions } from '../arguments/index.js';
export type {
  ThumbnailOptions,
  ThumbnailSource,
  ThumbnailsOptions,
} from './options.js';
export type { Thumbnail } from './segment-pictures.js';
export { thumbnail } from './thumbnail.js';
export { thumbnails } from './thumbnails.js';

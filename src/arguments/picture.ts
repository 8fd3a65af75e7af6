// How a picture is to look that is made as a JPEG: options and their checks.
import { optional } from './check.js';
import { flag, integer } from './values.js';

/** How a picture is to look. */
export interface PictureOptions {
  /**
   * The box that the picture is to fit into, in pixels: 1 to 16384. It keeps its shape; pixels of the
   * stream that are not square are made square. Without both it comes in its own size.
   */
  width?: number;
  height?: number;
  /** Also beyond its own size. Default false. */
  enlarge?: boolean;
  /** Of the JPEG, 1 to 100, as libjpeg counts it. Default 80. */
  quality?: number;
}

const MAX_SIDE = 16_384;

/** For `checkOptions`; 0 pixels: as it comes. */
export const pictureChecks = {
  width: optional(integer(1, MAX_SIDE, 'pixels'), 0),
  height: optional(integer(1, MAX_SIDE, 'pixels'), 0),
  enlarge: optional(flag, false),
  quality: optional(integer(1, 100), 80),
};

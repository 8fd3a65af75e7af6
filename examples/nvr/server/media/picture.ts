// A JPEG as it is sent, with a tag by which a browser tells whether it has it already.
import { createHash } from 'node:crypto';

export interface Picture {
  data: Buffer;
  /** Strong, with its quotes. */
  etag: string;
  /** UTC milliseconds at which it was taken. */
  time: number;
}

export function pictureOf({ data, time }: Pick<Picture, 'data' | 'time'>): Picture {
  const hash = createHash('sha256').update(data).digest('base64url').slice(0, 22);
  return { data, etag: `"${hash}"`, time };
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCountedClip, readNumber } from '../../support/counted-clip.js';
import { temporaryDirectory } from '../temporary-directory.js';

it('each picture of a counted clip tells its number, also when it is shown smaller', () => {
  const path = join(temporaryDirectory(), 'counted.mp4');
  makeCountedClip({ path, seconds: 2, frameRate: 25 });
  const [width, height] = [320, 176];
  const pixels = execFileSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      path,
      '-s',
      `${width}x${height}`,
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgba',
      '-',
    ],
    { maxBuffer: 1 << 28 },
  );
  const bytes = width * height * 4;
  const numbers = Array.from({ length: pixels.length / bytes }, (_, n) =>
    readNumber(pixels.subarray(n * bytes, (n + 1) * bytes), width, height),
  );
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
});

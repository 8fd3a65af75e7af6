// Where the system keeps Chromium: for browser tests, the pictures of docs/, and `npm run bench -- live`.
import { existsSync } from 'node:fs';

/**
 * The headless shell first, the same engine without a browser's own windows around it: with all of them a
 * page takes a fifth of the processor more.
 */
const PATHS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
];

/** @returns {string} */
export function chromiumPath() {
  const path = PATHS.find((one) => existsSync(one));
  if (path) return path;
  throw new Error('There is no Chromium: npm run setup -- --for test');
}

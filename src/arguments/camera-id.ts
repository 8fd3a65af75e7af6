// Camera ids become folder names below the storage directory, so their form is strict.
import { type Check, invalidArgument } from './check.js';

const FORM = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

/** What else lies in a storage directory; compared without case for file systems that ignore it. */
const TAKEN = new Set([
  'keys',
  'quarantine',
  'storage.json',
  'config.db',
  'config.db-wal',
  'config.db-shm',
  'users.db',
  'users.db-wal',
  'users.db-shm',
  'index.db',
  'index.db-wal',
  'index.db-shm',
  'index.db-journal',
]);

/** True where `value` can be the id of a camera. */
export function isCameraId(value: string): boolean {
  return FORM.test(value) && !TAKEN.has(value.toLowerCase());
}

/** A camera id: 1 to 64 of A-Z a-z 0-9 . _ - that do not begin with a dot. */
export const cameraId: Check<string> = (name, value) => {
  if (typeof value !== 'string' || !FORM.test(value)) {
    throw invalidArgument(
      name,
      '1 to 64 characters of A-Z, a-z, 0-9, dot, underscore and hyphen, not beginning with a dot',
      value,
    );
  }
  if (!isCameraId(value)) {
    throw invalidArgument(name, 'a name that the storage directory does not use itself', value);
  }
  return value;
};

// The keys of a sealed export: new ones, a camera's for a UTC day each, as a recorder has them. The
// recorder's own keys never leave it.
import { randomUUID } from 'node:crypto';
import { type KeyPackage, packKeys, unpackKeys } from '../keys/index.js';
import { type NativeKey, native } from '../native/index.js';
import { dayName, utcDay } from '../utc-day.js';

type PackedInfo = Parameters<typeof packKeys>[1][number]['info'];

export class PackageKeys {
  readonly #keys = new Map<string, { info: PackedInfo; key: NativeKey }>();

  /** The key for a segment that begins at `at`, UTC milliseconds. */
  keyFor(camera: string, at: number): { id: string; key: NativeKey } {
    const period = dayName(utcDay(at));
    const place = `${camera}/${period}`;
    let found = this.#keys.get(place);
    if (!found) {
      const now = Date.now();
      const info: PackedInfo = {
        id: randomUUID(),
        purpose: 'video',
        subject: camera,
        period,
        algorithm: 'LEA-256',
        createdAt: now,
        activatesAt: now,
      };
      found = { info, key: native.generateKey() };
      this.#keys.set(place, found);
    }
    return { id: found.info.id, key: found.key };
  }

  pack(storeId: string, passphrase: string | Uint8Array): Promise<KeyPackage> {
    return packKeys(storeId, [...this.#keys.values()], passphrase);
  }
}

/** The keys of a package by their ids. ERR_KEY_PACKAGE, ERR_KEY_PASSPHRASE. */
export async function openPackage(
  content: unknown,
  passphrase: string | Uint8Array,
): Promise<Map<string, NativeKey>> {
  const keys = await unpackKeys(content, passphrase);
  return new Map(keys.map(({ info, key }) => [info.id, key]));
}

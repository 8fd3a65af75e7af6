// NAL units, cut and hashed by code that shares nothing with the engine's own.
import { createHash } from 'node:crypto';

const hash = (nal: Uint8Array) => createHash('sha256').update(nal).digest('hex');

/** Hashes of the NAL units of an Annex B stream (ITU-T H.264, Annex B), in order. */
export function hashesOfAnnexB(stream: Buffer): string[] {
  const hashes: string[] = [];
  const marker = Buffer.from([0, 0, 1]);
  let at = stream.indexOf(marker);
  while (at >= 0) {
    const next = stream.indexOf(marker, at + 3);
    let end = next < 0 ? stream.length : next;
    while (end > at + 3 && stream[end - 1] === 0) end -= 1;
    hashes.push(hash(stream.subarray(at + 3, end)));
    at = next;
  }
  return hashes;
}

/** Hashes of the NAL units of an access unit with 4-byte lengths. */
export function hashesOfLengthPrefixed(unit: Buffer): string[] {
  const hashes: string[] = [];
  let at = 0;
  while (at < unit.length) {
    const size = unit.readUInt32BE(at);
    hashes.push(hash(unit.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return hashes;
}

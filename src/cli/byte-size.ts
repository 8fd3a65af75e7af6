// Sizes on the command line: bytes, or with a unit.
import { InvalidArgumentError } from 'commander';

const FORM = /^(\d+(?:\.\d+)?)\s*([KMGTP])?(?:i?B)?$/i;

/** `1500000000`, `500G`, `1.5TiB`; units are powers of 1024. */
export function byteSize(value: string): number {
  const match = FORM.exec(value.trim());
  const bytes = match ? Number(match[1]) * 1024 ** unitPower(match[2]) : Number.NaN;
  if (!Number.isSafeInteger(Math.round(bytes))) {
    throw new InvalidArgumentError('It must be a number of bytes, as 500G or 1.5TiB too.');
  }
  return Math.round(bytes);
}

function unitPower(unit: string | undefined): number {
  return unit === undefined ? 0 : 'KMGTP'.indexOf(unit.toUpperCase()) + 1;
}

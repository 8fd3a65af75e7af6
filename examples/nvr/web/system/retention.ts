// The form of retention, and what a shorter one would delete, as far as the storage's summary tells.
import type { StorageView } from '../../protocol/index.js';

export interface RetentionForm {
  /** Empty: no limit. */
  maxDays: string;
  maxGigabytes: string;
  minFreeGigabytes: string;
}

const GIGABYTE = 1_000_000_000;
const DAY_MS = 86_400_000;

export function retentionFormOf({
  maxDays,
  maxBytes,
  minFreeBytes,
}: StorageView['retention']): RetentionForm {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  const gigabytes = (bytes: number | undefined) =>
    bytes === undefined ? undefined : bytes / GIGABYTE;
  return {
    maxDays: text(maxDays),
    maxGigabytes: text(gigabytes(maxBytes)),
    minFreeGigabytes: text(gigabytes(minFreeBytes)),
  };
}

/** Keys of texts in `i18n/<language>/system`, by field. */
export function checkRetention(form: RetentionForm): Partial<Record<keyof RetentionForm, string>> {
  const wrong = (text: string, from: number, to: number) =>
    text.trim() !== '' && !(Number(text) >= from && Number(text) <= to);
  return {
    ...(wrong(form.maxDays, 0.01, 36_500) && { maxDays: 'storage.error.maxDays' }),
    ...(wrong(form.maxGigabytes, 0.001, 9_000_000) && { maxGigabytes: 'storage.error.size' }),
    ...(wrong(form.minFreeGigabytes, 0, 9_000_000) && { minFreeGigabytes: 'storage.error.size' }),
  };
}

export function retentionOf(form: RetentionForm): StorageView['retention'] {
  const bytes = (gigabytes: string) => Math.round(Number(gigabytes) * GIGABYTE);
  return {
    ...(form.maxDays.trim() !== '' && { maxDays: Number(form.maxDays) }),
    ...(form.maxGigabytes.trim() !== '' && { maxBytes: bytes(form.maxGigabytes) }),
    ...(form.minFreeGigabytes.trim() !== '' && { minFreeBytes: bytes(form.minFreeGigabytes) }),
  };
}

export interface Loss {
  why: 'age' | 'size' | 'free';
  /** About so much; for `age` as if each camera had recorded evenly. */
  bytes: number;
  /** Cameras that have footage that is too old. */
  cameras: number;
}

/** What would be deleted soon after saving. Locks and events may keep some of it. */
export function deletedBy(form: RetentionForm, view: StorageView, now: number): Loss[] {
  const { maxDays, maxBytes, minFreeBytes } = retentionOf(form);
  const losses: Loss[] = [];
  if (maxDays !== undefined) {
    const limit = now - maxDays * DAY_MS;
    const old = view.cameras.filter(({ oldest = now }) => oldest < limit);
    const bytes = old.reduce((sum, { bytes, oldest = now, newest = now }) => {
      const length = Math.max(1, newest - oldest);
      return sum + bytes * Math.min(1, (limit - oldest) / length);
    }, 0);
    if (old.length > 0) losses.push({ why: 'age', bytes: Math.round(bytes), cameras: old.length });
  }
  const cameras = view.cameras.length;
  if (maxBytes !== undefined && view.recordedBytes > maxBytes) {
    losses.push({ why: 'size', bytes: view.recordedBytes - maxBytes, cameras });
  }
  if (minFreeBytes !== undefined && view.freeBytes < minFreeBytes) {
    const bytes = Math.min(view.recordedBytes, minFreeBytes - view.freeBytes);
    losses.push({ why: 'free', bytes, cameras });
  }
  return losses;
}

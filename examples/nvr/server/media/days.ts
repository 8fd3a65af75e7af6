// On which days there is footage of a camera, for calendars.
import type { RecordingIndex } from '@fluxvision/core';
import type { RecordedDay } from '../../protocol/index.js';

export function recordedDays(index: RecordingIndex, cameraId: string): RecordedDay[] {
  const days = new Map<number, RecordedDay>();
  for (const { day, recordedMs, bytes, stream } of index.totals({ cameraId })) {
    const known = days.get(day);
    // The sub stream covers the same time as the main stream.
    const durationMs = stream === 0 ? recordedMs : 0;
    if (known) {
      known.bytes += bytes;
      known.durationMs = Math.max(known.durationMs, durationMs);
    } else {
      const name = new Date(day).toISOString().slice(0, 10);
      days.set(day, { cameraId, day: name, durationMs, bytes });
    }
  }
  return [...days.values()];
}

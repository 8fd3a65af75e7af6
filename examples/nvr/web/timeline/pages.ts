// A timeline's data comes in pages of round places and sizes, so that what was loaded serves the next
// view, too.
import type { TimelineRow } from '../../protocol/index.js';
import type { TimeView } from './view.js';

/** Milliseconds; the server merges what is closer than that. */
const RESOLUTIONS = [1000, 4000, 15_000, 60_000, 300_000, 900_000, 3_600_000] as const;
const POINTS_PER_PAGE = 1024;

export interface Page {
  resolution: number;
  start: number;
  end: number;
}

/** The coarsest resolution that is no more than about a pixel. */
export function resolutionFor(view: TimeView, width: number): number {
  const perPixel = (view.end - view.start) / Math.max(1, width);
  return RESOLUTIONS.findLast((resolution) => resolution <= perPixel * 1.5) ?? RESOLUTIONS[0];
}

/** The pages that cover a view; with `around` so many more on each side. Nothing behind `now`. */
export function pagesFor(view: TimeView, resolution: number, now: number, around = 0): Page[] {
  const size = resolution * POINTS_PER_PAGE;
  const first = Math.max(0, Math.floor(view.start / size) - around);
  const last = Math.min(Math.floor((view.end - 1) / size) + around, Math.floor(now / size));
  const pages: Page[] = [];
  for (let i = first; i <= last; i++) {
    pages.push({ resolution, start: i * size, end: (i + 1) * size });
  }
  return pages;
}

/** Footage is still added to it. */
export function isGrowing(page: Page, now: number): boolean {
  return page.end > now - 120_000;
}

/** One row per camera of several pages that follow each other. Runs and events go across their seams. */
export function mergePages(pages: readonly (readonly TimelineRow[])[]): TimelineRow[] {
  const rows = new Map<string, TimelineRow>();
  for (const page of pages) {
    for (const row of page) {
      const known = rows.get(row.cameraId);
      if (!known) {
        const { cameraId, runs, gaps, events } = row;
        rows.set(cameraId, { cameraId, runs: [...runs], gaps: [...gaps], events: [...events] });
        continue;
      }
      appendSpans(known.runs, row.runs, () => true);
      appendSpans(known.gaps, row.gaps, (a, b) => a.reason === b.reason);
      appendSpans(known.events, row.events, (a, b) => a.event === b.event && a.start === b.start);
    }
  }
  return [...rows.values()];
}

/** Whole runs come with each page that they reach into. */
function appendSpans<T extends { start: number; end: number }>(
  known: T[],
  more: readonly T[],
  belongTogether: (a: T, b: T) => boolean,
): void {
  for (const item of more) {
    const i = known.findLastIndex((span) => span.end >= item.start && belongTogether(span, item));
    const last = known[i];
    if (last && last.start <= item.end) {
      known[i] = {
        ...last,
        start: Math.min(last.start, item.start),
        end: Math.max(last.end, item.end),
      };
    } else {
      known.push(item);
    }
  }
}

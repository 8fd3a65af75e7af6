// The stretch of time that a timeline shows, and how it is zoomed and moved.

/** UTC milliseconds, half open. */
export interface TimeView {
  start: number;
  end: number;
}

export const MIN_SPAN_MS = 60_000;
export const MAX_SPAN_MS = 31 * 86_400_000;
/** By a button or a key; a notch of a wheel is less. */
export const ZOOM_STEP = 1.5;

export function spanOf({ start, end }: TimeView): number {
  return end - start;
}

export function timeAt(view: TimeView, x: number, width: number): number {
  return view.start + (x / width) * spanOf(view);
}

export function xOf(view: TimeView, time: number, width: number): number {
  return ((time - view.start) / spanOf(view)) * width;
}

/** Around a moment, `span` milliseconds wide. */
export function viewAround(time: number, span: number): TimeView {
  const width = clampSpan(span);
  return { start: time - width / 2, end: time + width / 2 };
}

/** `factor` above 1 shows more of less time. The moment `at` stays where it is on the screen. */
export function zoom(view: TimeView, factor: number, at: number): TimeView {
  const span = spanOf(view);
  const next = clampSpan(span / factor);
  const start = at - ((at - view.start) / span) * next;
  return { start, end: start + next };
}

export function pan(view: TimeView, milliseconds: number): TimeView {
  return { start: view.start + milliseconds, end: view.end + milliseconds };
}

/** Moves it, as little as it takes, so that nothing but a quarter of it lies behind `now`. */
export function keepNearNow(view: TimeView, now: number): TimeView {
  const latest = now + spanOf(view) / 4;
  if (view.end > latest) return pan(view, latest - view.end);
  return view.start < 0 ? pan(view, -view.start) : view;
}

/** Moves it so that `time` is in it, with a margin of a tenth; as it is where it is already. */
export function reveal(view: TimeView, time: number): TimeView {
  const margin = spanOf(view) / 10;
  if (time < view.start + margin) return pan(view, time - view.start - margin);
  if (time > view.end - margin) return pan(view, time - view.end + margin);
  return view;
}

/** One wheel event, in pixels: a notch is about 100, a touchpad sends many of a few. */
export function wheelFactor(deltaY: number): number {
  const limited = Math.max(-300, Math.min(300, deltaY));
  return ZOOM_STEP ** (-limited / 150);
}

/** A finger, or the pointer: where it went down in time, and where it is now. */
export interface Grip {
  time: number;
  x: number;
}

/** The view in which each finger is on the time that it took hold of. One finger: moved, not zoomed. */
export function held(view: TimeView, grips: readonly Grip[], width: number): TimeView {
  const [first, second] = grips;
  if (!first) return view;
  const distance = second ? second.x - first.x : 0;
  if (second && Math.abs(distance) >= 1) {
    const perPixel = Math.abs((second.time - first.time) / distance);
    const span = clampSpan(perPixel * width);
    const middle = (first.time + second.time) / 2;
    const start = middle - ((first.x + second.x) / 2 / width) * span;
    return { start, end: start + span };
  }
  return pan(view, first.time - timeAt(view, first.x, width));
}

function clampSpan(span: number): number {
  return Math.max(MIN_SPAN_MS, Math.min(MAX_SPAN_MS, span));
}

// What a pointer, fingers and a wheel do to a timeline. In the ruler they scrub, in the rows they move
// it, with Shift they select; two fingers zoom anywhere.
import { glide, Swipe } from './fling.js';
import { rangeBetween, type TimeRange } from './selection.js';
import { type Grip, held, pan, spanOf, type TimeView, timeAt, wheelFactor, zoom } from './view.js';

export interface GestureHost {
  view(): TimeView;
  setView(view: TimeView): void;
  /** Pixels. */
  width(): number;
  ruler(): number;
  /** Where a click was, from the surface's corner. */
  click(point: { x: number; y: number }): void;
  scrub(time: number): void;
  scrubbed(time: number): void;
  select(range: TimeRange): void;
  hover(point: { x: number; y: number } | undefined): void;
  reducedMotion(): boolean;
}

/** A pointer that moved less was a click. */
const CLICK_REACH = 5;

type Mode = 'idle' | 'press' | 'pan' | 'scrub' | 'select';

interface Finger {
  startX: number;
  x: number;
  y: number;
  /** The time it took hold of. */
  time: number;
}

export class TimelineGestures {
  #mode: Mode = 'idle';
  /** A drag in the ruler scrubs, one in the rows moves. */
  #wanted: 'pan' | 'scrub' | 'select' = 'pan';
  #pinched = false;
  readonly #fingers = new Map<number, Finger>();
  #swipe = new Swipe();
  #frame = 0;

  constructor(
    private readonly surface: HTMLElement,
    private readonly host: GestureHost,
  ) {
    surface.addEventListener('pointerdown', this.#down);
    surface.addEventListener('pointermove', this.#move);
    surface.addEventListener('pointerup', this.#up);
    surface.addEventListener('pointercancel', this.#cancel);
    surface.addEventListener('pointerleave', this.#leave);
    // Not passive: a wheel over the timeline must not scroll the page, nor zoom it.
    surface.addEventListener('wheel', this.#wheel, { passive: false });
  }

  get isActive(): boolean {
    return this.#mode !== 'idle' || this.#frame !== 0;
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.surface.removeEventListener('pointerdown', this.#down);
    this.surface.removeEventListener('pointermove', this.#move);
    this.surface.removeEventListener('pointerup', this.#up);
    this.surface.removeEventListener('pointercancel', this.#cancel);
    this.surface.removeEventListener('pointerleave', this.#leave);
    this.surface.removeEventListener('wheel', this.#wheel);
  }

  #point(event: MouseEvent): { x: number; y: number } {
    const { left, top } = this.surface.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #timeAt(x: number): number {
    return timeAt(this.host.view(), x, this.host.width());
  }

  readonly #down = (event: PointerEvent): void => {
    if (event.button !== 0 && event.pointerType === 'mouse') return;
    this.#stopGliding();
    this.surface.setPointerCapture(event.pointerId);
    const { x, y } = this.#point(event);
    this.#fingers.set(event.pointerId, { startX: x, x, y, time: this.#timeAt(x) });
    this.host.hover(undefined);
    if (this.#fingers.size === 1) {
      this.#mode = 'press';
      this.#pinched = false;
      this.#swipe = new Swipe();
      this.#wanted = event.shiftKey ? 'select' : y < this.host.ruler() ? 'scrub' : 'pan';
    } else if (this.#mode !== 'scrub') {
      this.#mode = 'pan';
      this.#pinched = true;
    }
  };

  readonly #move = (event: PointerEvent): void => {
    const point = this.#point(event);
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType === 'mouse') this.host.hover(point);
      return;
    }
    finger.x = point.x;
    finger.y = point.y;
    if (this.#mode === 'press' && Math.abs(finger.x - finger.startX) > CLICK_REACH) {
      this.#mode = this.#wanted;
    }
    if (this.#mode === 'scrub') {
      this.host.scrub(this.#timeAt(finger.x));
      this.host.hover(point);
    } else if (this.#mode === 'select') {
      this.host.select(rangeBetween(finger.time, this.#timeAt(finger.x)));
    } else if (this.#mode === 'pan') {
      this.#swipe.move(finger.x, event.timeStamp);
      const grips: Grip[] = [...this.#fingers.values()];
      this.host.setView(held(this.host.view(), grips, this.host.width()));
    }
  };

  readonly #up = (event: PointerEvent): void => {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) return;
    this.#fingers.delete(event.pointerId);
    if (this.#fingers.size > 0) {
      // The finger that stays takes hold anew, or the view would jump.
      for (const rest of this.#fingers.values()) rest.time = this.#timeAt(rest.x);
      return;
    }
    const mode = this.#mode;
    this.#mode = 'idle';
    if (mode === 'press') this.host.click({ x: finger.x, y: finger.y });
    if (mode === 'scrub') this.host.scrubbed(this.#timeAt(finger.x));
    if (mode === 'pan' && !this.#pinched && !this.host.reducedMotion()) {
      this.#glide(this.#swipe.velocity(event.timeStamp));
    }
    if (event.pointerType !== 'mouse') this.host.hover(undefined);
  };

  readonly #cancel = (event: PointerEvent): void => {
    this.#fingers.delete(event.pointerId);
    if (this.#fingers.size === 0) this.#mode = 'idle';
    this.host.hover(undefined);
  };

  readonly #leave = (): void => {
    if (this.#fingers.size === 0) this.host.hover(undefined);
  };

  readonly #wheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.#stopGliding();
    const scale = event.deltaMode === 1 ? 33 : event.deltaMode === 2 ? 300 : 1;
    const view = this.host.view();
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    const delta = event.shiftKey && sideways === 0 ? event.deltaY : sideways;
    if (delta !== 0) {
      this.host.setView(pan(view, ((delta * scale) / this.host.width()) * spanOf(view)));
      return;
    }
    // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
    const strength = event.ctrlKey ? 4 : 1;
    const factor = wheelFactor(event.deltaY * scale * strength);
    this.host.setView(zoom(view, factor, this.#timeAt(this.#point(event).x)));
  };

  #glide(velocity: number): void {
    let before = performance.now();
    const step = (now: number) => {
      const next = glide(velocity, Math.max(0, now - before));
      before = now;
      velocity = next.velocity;
      const view = this.host.view();
      this.host.setView(pan(view, (-next.distance / this.host.width()) * spanOf(view)));
      this.#frame = velocity === 0 ? 0 : requestAnimationFrame(step);
    };
    if (velocity !== 0) this.#frame = requestAnimationFrame(step);
  }

  #stopGliding(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}

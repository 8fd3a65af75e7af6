// Wheel, pinch and drag on a tile become its digital zoom.
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { panned, WHOLE, type Zoom, zoomed } from './zoom.js';

export interface ZoomControl {
  zoom: Zoom;
  /** Around the middle. */
  by: (factor: number) => void;
  reset: () => void;
}

const STEP = 1.0015;

export function useZoom(area: RefObject<HTMLElement | null>): ZoomControl {
  const [zoom, setZoom] = useState(WHOLE);
  const current = useRef(zoom);
  current.current = zoom;

  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const pointers = new Map<number, PointerEvent>();
    const pointOf = (event: MouseEvent) => {
      const box = element.getBoundingClientRect();
      return { x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height };
    };
    const wheel = (event: WheelEvent) => {
      const out = event.deltaY > 0;
      if (out && current.current.factor === 1) return;
      event.preventDefault();
      const { x, y } = pointOf(event);
      setZoom((before) => zoomed(before, STEP ** -event.deltaY, { x, y }));
    };
    const down = (event: PointerEvent) => {
      pointers.set(event.pointerId, event);
    };
    const move = (event: PointerEvent) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const others = [...pointers.values()].filter((one) => one.pointerId !== event.pointerId);
      pointers.set(event.pointerId, event);
      const [a, b] = [pointOf(before), pointOf(event)];
      const other = others[0];
      if (other) {
        const far = (p: PointerEvent) =>
          Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY);
        setZoom((z) => zoomed(z, far(event) / Math.max(1, far(before)), pointOf(other)));
      } else if (current.current.factor > 1) {
        setZoom((z) => panned(z, { x: b.x - a.x, y: b.y - a.y }));
      }
    };
    const up = (event: PointerEvent) => {
      pointers.delete(event.pointerId);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
    window.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
      window.removeEventListener('pointercancel', up);
    };
  }, [area]);

  const by = useCallback((factor: number) => {
    setZoom((before) => zoomed(before, factor, { x: 0.5, y: 0.5 }));
  }, []);
  const reset = useCallback(() => setZoom(WHOLE), []);
  return { zoom, by, reset };
}

// Moves as long as a button or key is held, and stops whatever happens then.
import { useCallback, useEffect, useRef } from 'react';
import { type MoveName, REPEAT_MS } from './moves.js';

export interface HeldMove {
  start: (name: MoveName) => void;
  stop: () => void;
}

/** Calls `order` with the move, again and again, and with nothing when it ends. */
export function useHeldMove(order: (name: MoveName | undefined) => void): HeldMove {
  const newest = useRef(order);
  newest.current = order;
  const held = useRef<{ name: MoveName; timer: ReturnType<typeof setInterval> } | undefined>(
    undefined,
  );
  const stop = useCallback(() => {
    if (!held.current) return;
    clearInterval(held.current.timer);
    held.current = undefined;
    newest.current(undefined);
  }, []);
  const start = useCallback((name: MoveName) => {
    if (held.current?.name === name) return;
    clearInterval(held.current?.timer);
    newest.current(name);
    held.current = { name, timer: setInterval(() => newest.current(name), REPEAT_MS) };
  }, []);
  useEffect(() => {
    window.addEventListener('blur', stop);
    return () => {
      window.removeEventListener('blur', stop);
      stop();
    };
  }, [stop]);
  return { start, stop };
}

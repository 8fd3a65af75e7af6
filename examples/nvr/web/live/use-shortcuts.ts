// Keys of the live page; not while somebody writes, and not under dialogs and menus.
import { useEffect, useRef } from 'react';

export type Shortcuts = Partial<Record<string, () => void>>;

const ELSEWHERE = 'input, select, textarea, [role="dialog"], [role="menu"], [contenteditable]';

export function useShortcuts(shortcuts: Shortcuts): void {
  const newest = useRef(shortcuts);
  newest.current = shortcuts;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(ELSEWHERE)) return;
      const run = newest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

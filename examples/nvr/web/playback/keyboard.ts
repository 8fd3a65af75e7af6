// The keys of the playback page. Fields, menus and dialogs keep theirs.
import { useEffect, useRef } from 'react';

/** What keys do; names of the catalog `playback`, `keys`. */
export interface KeyActions {
  playPause(): void;
  jump(milliseconds: number): void;
  step(direction: 1 | -1): void;
  faster(direction: 1 | -1): void;
  reverse(): void;
  neighbourEvent(direction: 1 | -1): void;
  markStart(): void;
  markEnd(): void;
  clear(): void;
  zoom(direction: 1 | -1): void;
  bookmark(): void;
  snapshot(): void;
  fullscreen(): void;
  exportRange(): void;
  help(): void;
}

/** As the help shows them: keys, and the name of what they do. */
export const KEY_HELP: readonly (readonly [keys: string, name: string])[] = [
  ['Space, K', 'playPause'],
  ['← →', 'jump10'],
  ['Shift + ← →', 'jump60'],
  [', .', 'step'],
  ['↑ ↓', 'speed'],
  ['R', 'reverse'],
  ['P, N', 'events'],
  ['[ ]', 'mark'],
  ['X', 'export'],
  ['Esc', 'clear'],
  ['+ −', 'zoom'],
  ['B', 'bookmark'],
  ['S', 'snapshot'],
  ['F', 'fullscreen'],
  ['?', 'help'],
];

/** What a key does; undefined where it does nothing. */
export function actionOf(
  { key, shiftKey }: { key: string; shiftKey: boolean },
  act: KeyActions,
): (() => void) | undefined {
  const far = shiftKey ? 60_000 : 10_000;
  const actions = new Map<string, () => void>([
    [' ', () => act.playPause()],
    ['k', () => act.playPause()],
    ['ArrowLeft', () => act.jump(-far)],
    ['ArrowRight', () => act.jump(far)],
    [',', () => act.step(-1)],
    ['.', () => act.step(1)],
    ['ArrowUp', () => act.faster(1)],
    ['ArrowDown', () => act.faster(-1)],
    ['r', () => act.reverse()],
    ['p', () => act.neighbourEvent(-1)],
    ['n', () => act.neighbourEvent(1)],
    ['[', () => act.markStart()],
    [']', () => act.markEnd()],
    ['x', () => act.exportRange()],
    ['Escape', () => act.clear()],
    ['+', () => act.zoom(1)],
    ['=', () => act.zoom(1)],
    ['-', () => act.zoom(-1)],
    ['b', () => act.bookmark()],
    ['s', () => act.snapshot()],
    ['f', () => act.fullscreen()],
    ['?', () => act.help()],
  ]);
  return actions.get(key.length === 1 ? key.toLowerCase() : key);
}

const OWN_KEYS =
  'input, select, textarea, [contenteditable], [role="dialog"], [role="menu"], [role="grid"]';

export function useKeyboard(actions: KeyActions): void {
  const newest = useRef(actions);
  useEffect(() => {
    newest.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as Element | null;
      if (target?.closest(OWN_KEYS)) return;
      // A button is pressed by its own key.
      if (event.key === ' ' && target?.closest('button, a')) return;
      const action = actionOf(event, newest.current);
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

// The selected range on a timeline, with a handle at each end that a thumb can hold.
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Formats } from './formats.js';
import { type Handle, moveHandle, type TimeRange } from './selection.js';
import styles from './timeline.module.css';
import { spanOf, type TimeView, timeAt, xOf } from './view.js';

interface Props {
  selection: TimeRange;
  view: TimeView;
  width: number;
  formats: Formats;
  surface: React.RefObject<HTMLElement | null>;
  onSelection: (range: TimeRange | undefined) => void;
}

export function SelectionMarks({ selection, view, width, formats, surface, onSelection }: Props) {
  const { t } = useTranslation('timeline');
  const start = xOf(view, selection.start, width);
  const end = xOf(view, selection.end, width);
  const held = useRef<Handle>(undefined);
  const drag = (event: React.PointerEvent) => {
    const left = surface.current?.getBoundingClientRect().left;
    if (!held.current || left === undefined) return;
    const time = timeAt(view, event.clientX - left, width);
    const moved = moveHandle(selection, held.current, time);
    held.current = moved.handle;
    onSelection(moved.range);
  };
  const handle = (which: Handle) => ({
    role: 'slider',
    tabIndex: 0,
    className: styles.handle,
    'data-handle': which,
    'aria-label': t(which === 'start' ? 'selectionStart' : 'selectionEnd'),
    'aria-valuemin': Math.round(view.start),
    'aria-valuemax': Math.round(view.end),
    'aria-valuenow': selection[which],
    'aria-valuetext': formats.full.format(selection[which]),
    // A handle is not the surface below it.
    onPointerDown: (event: React.PointerEvent) => {
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = which;
    },
    onPointerMove: (event: React.PointerEvent) => {
      event.stopPropagation();
      drag(event);
    },
    onPointerUp: (event: React.PointerEvent) => {
      event.stopPropagation();
      held.current = undefined;
    },
    onKeyDown: (event: React.KeyboardEvent) => {
      const step = event.shiftKey ? 1000 : Math.max(1000, spanOf(view) / 100);
      const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (event.key === 'Escape') onSelection(undefined);
      else if (direction) {
        onSelection(moveHandle(selection, which, selection[which] + direction * step).range);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
  });
  const left = Math.max(-4, start);
  return (
    <>
      <div
        className={styles.selection}
        style={{ left, width: Math.max(0, Math.min(width + 4, end) - left) }}
        aria-hidden="true"
      />
      {start >= 0 && start <= width && <div {...handle('start')} style={{ left: start }} />}
      {end >= 0 && end <= width && <div {...handle('end')} style={{ left: end }} />}
    </>
  );
}

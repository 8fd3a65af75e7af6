// What begins a drag by mouse and touch, without the keys: on a tile those mean something else.
import type { useDraggable } from '@dnd-kit/core';
import type { MouseEventHandler, TouchEventHandler } from 'react';

type Listeners = ReturnType<typeof useDraggable>['listeners'];

export interface PointerDrag {
  onMouseDown?: MouseEventHandler;
  onTouchStart?: TouchEventHandler;
}

export function pointerDrag(listeners: Listeners): PointerDrag {
  if (!listeners) return {};
  const { onMouseDown, onTouchStart } = listeners;
  return { onMouseDown, onTouchStart } as PointerDrag;
}

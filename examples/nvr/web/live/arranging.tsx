// Dragging: tiles onto tiles, cameras of the list onto tiles; by mouse, touch and keyboard.
import {
  type Announcements,
  DndContext,
  type DragEndEvent,
  DragOverlay,
  type DragStartEvent,
  KeyboardSensor,
  MouseSensor,
  pointerWithin,
  rectIntersection,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/cameras.js';
import { Icon } from '../design/index.js';
import { gridKeys } from './grid-keys.js';
import { placed, swapped } from './layout.js';
import styles from './live.module.css';
import type { GridState } from './use-grid.js';

type Dragged = { kind: 'tile'; index: number } | { kind: 'camera'; id: string };

export function Arranging(props: {
  state: GridState;
  cameras: ReadonlyMap<string, CameraView>;
  children: ReactNode;
}) {
  const { t } = useTranslation('live');
  const { state, cameras } = props;
  const [dragged, setDragged] = useState<string>();
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 8 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 300, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: gridKeys }),
  );
  const nameOf = (id: string | number | undefined): string => {
    const item = parse(String(id ?? ''));
    const cameraId = item?.kind === 'tile' ? state.grid.tiles[item.index]?.cameraId : item?.id;
    return cameras.get(cameraId ?? '')?.name ?? t('emptyTile');
  };
  const announcements: Announcements = {
    onDragStart: ({ active }) => t('drag.start', { name: nameOf(active.id) }),
    onDragOver: ({ active, over }) => {
      if (!over) return undefined;
      // Over its own tile it begins: that it is lifted would not be heard.
      return t(over.id === active.id ? 'drag.start' : 'drag.over', { name: nameOf(over.id) });
    },
    onDragEnd: ({ active, over }) =>
      t(over ? 'drag.end' : 'drag.cancel', { name: nameOf(active.id) }),
    onDragCancel: ({ active }) => t('drag.cancel', { name: nameOf(active.id) }),
  };
  const end = ({ active, over }: DragEndEvent) => {
    setDragged(undefined);
    const from = parse(String(active.id));
    const to = parse(String(over?.id ?? ''));
    if (!from || to?.kind !== 'tile') return;
    state.change((grid) =>
      from.kind === 'tile' ? swapped(grid, from.index, to.index) : placed(grid, to.index, from.id),
    );
  };
  return (
    <DndContext
      sensors={sensors}
      // The tile under the pointer; by keyboard there is none.
      collisionDetection={(input) =>
        input.pointerCoordinates ? pointerWithin(input) : rectIntersection(input)
      }
      onDragStart={({ active }: DragStartEvent) => setDragged(String(active.id))}
      onDragEnd={end}
      onDragCancel={() => setDragged(undefined)}
      accessibility={{
        announcements,
        screenReaderInstructions: { draggable: t('drag.instructions') },
      }}
    >
      {props.children}
      <DragOverlay dropAnimation={null} adjustScale={false}>
        {dragged && (
          <div className={styles.dragged}>
            <Icon name="camera" size={16} />
            {nameOf(dragged)}
          </div>
        )}
      </DragOverlay>
    </DndContext>
  );
}

function parse(id: string): Dragged | undefined {
  const [kind, ...rest] = id.split(':');
  const name = rest.join(':');
  if (kind === 'tile') return { kind, index: Number(name) };
  return kind === 'camera' ? { kind, id: name } : undefined;
}

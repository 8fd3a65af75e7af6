// The grid of tiles, and what is dragged over it.
import { useDroppable } from '@dnd-kit/core';
import { type CSSProperties, type RefObject, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, GridTile } from '../../protocol/cameras.js';
import type { Grid } from './layout.js';
import styles from './live.module.css';
import { Tile, type TileActions } from './tile.js';
import tileStyles from './tile.module.css';

export interface GridViewProps {
  area: RefObject<HTMLDivElement | null>;
  grid: Grid;
  cameras: ReadonlyMap<string, CameraView>;
  actions: TileActions;
  info: boolean;
  maximized: number | undefined;
}

export function GridView({ area, grid, cameras, actions, info, maximized }: GridViewProps) {
  const { t } = useTranslation('live');
  const template = {
    '--columns': grid.columns,
    '--rows': grid.rows,
  } as CSSProperties;
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is no fieldset
    <div ref={area} className={styles.grid} style={template} role="group" aria-label={t('grid')}>
      {grid.tiles.map((tile, index) => {
        const camera = tile.cameraId === undefined ? undefined : cameras.get(tile.cameraId);
        // A tile keeps its player while it moves: the camera is its key.
        const again = grid.tiles.findIndex((other) => other.cameraId === tile.cameraId) < index;
        const key = camera && !again ? camera.id : `${tile.x} ${tile.y}`;
        const hidden = maximized !== undefined && maximized !== index;
        if (!camera) return <EmptyTile key={key} index={index} tile={tile} hidden={hidden} />;
        return (
          <PlacedTile
            key={key}
            tile={tile}
            index={index}
            camera={camera}
            actions={actions}
            info={info}
            maximized={maximized === index}
            hidden={hidden}
          />
        );
      })}
    </div>
  );
}

type PlacedProps = Omit<Parameters<typeof Tile>[0], 'style'>;

function PlacedTile(props: PlacedProps) {
  const style = usePlace(props.tile, props.maximized);
  return <Tile {...props} style={style} />;
}

function EmptyTile(props: { index: number; tile: GridTile; hidden: boolean }) {
  const { t } = useTranslation('live');
  const drop = useDroppable({ id: `tile:${props.index}` });
  const style = usePlace(props.tile, false);
  const look = [tileStyles.tile, tileStyles.empty, drop.isOver && tileStyles.over];
  return (
    <div
      ref={drop.setNodeRef}
      className={look.filter(Boolean).join(' ')}
      style={style}
      hidden={props.hidden}
      data-tile={props.index}
      data-empty
    >
      <span>{t('emptyTile')}</span>
    </div>
  );
}

function usePlace({ x, y, width, height }: GridTile, whole: boolean): CSSProperties {
  return useMemo(
    () =>
      whole
        ? { gridArea: '1 / 1 / -1 / -1' }
        : { gridArea: `${y + 1} / ${x + 1} / span ${height} / span ${width}` },
    [x, y, width, height, whole],
  );
}

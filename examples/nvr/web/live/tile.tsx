// One camera of the grid: its picture, what it says, and what can be done with it.
import { useDraggable, useDroppable } from '@dnd-kit/core';
import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, GridTile } from '../../protocol/cameras.js';
import type { Quality } from '../../protocol/values.js';
import { useAccess } from '../app/session.js';
import { qualityFor } from '../players/index.js';
import { PtzPad } from '../ptz/ptz-pad.js';
import type { Direction } from './layout.js';
import { pointerDrag } from './pointer-drag.js';
import styles from './tile.module.css';
import { closesPad, hasRoomForPad, PadSheet } from './tile-pad.js';
import { StatusBadges, TileCompromise, TileInfo, TileMessage } from './tile-status.js';
import { type TileTool, TileTools } from './tile-tools.js';
import { tileStatus, tileTrouble } from './tile-words.js';
import { useLivePlayer, useLiveStats } from './use-live-player.js';
import { useTileView } from './use-tile-view.js';
import { useZoom } from './use-zoom.js';

/** What a tile asks of the page; the same object as long as the page lives. */
export interface TileActions {
  maximize: (index: number) => void;
  focus: (index: number, direction: Direction) => void;
  resize: (index: number, width: number, height: number) => void;
  remove: (index: number) => void;
  snapshot: (camera: CameraView) => void;
  playback: (camera: CameraView) => void;
}

export interface TileProps {
  index: number;
  tile: GridTile;
  camera: CameraView;
  actions: TileActions;
  /** Numbers over each picture. */
  info: boolean;
  maximized: boolean;
  /** Another tile fills the grid. */
  hidden: boolean;
  style: CSSProperties;
}

const ARROWS: Partial<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

export const Tile = memo(function Tile(props: TileProps) {
  const { index, camera, actions, maximized } = props;
  const { t } = useTranslation('live');
  const box = useRef<HTMLElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const view = useTileView(box);
  const zoom = useZoom(box);
  const { admin } = useAccess();
  // What is wrong with another server is for administrators of this one.
  const mends = camera.node ? admin : camera.may.manage;
  const [ptz, setPtz] = useState(false);
  const [ownInfo, setOwnInfo] = useState(false);
  const info = props.info || ownInfo;

  const { factor } = zoom.zoom;
  const [quality, setQuality] = useState<Quality>('PAUSED');
  const seen = { width: view.width * factor, height: view.height * factor };
  useEffect(() => {
    setQuality((before) =>
      qualityFor({ width: seen.width, height: seen.height, visible: view.visible }, before),
    );
  }, [seen.width, seen.height, view.visible]);

  const live = useLivePlayer(host, camera, quality, seen);
  const stats = useLiveStats(live, view.visible);
  const status = tileStatus(camera, live.state);
  const trouble = tileTrouble(camera, live.state);

  const drag = useDraggable({ id: `tile:${index}`, disabled: factor > 1 || maximized });
  const drop = useDroppable({ id: `tile:${index}` });
  const join = useCallback(
    (element: HTMLElement | null) => {
      box.current = element;
      drag.setNodeRef(element);
      drop.setNodeRef(element);
    },
    [drag.setNodeRef, drop.setNodeRef],
  );

  const closePad = () => {
    setPtz(false);
    box.current?.focus();
  };

  const key = (event: KeyboardEvent) => {
    if (ptz) closesPad(event, closePad);
    if (event.target !== event.currentTarget || event.defaultPrevented) return;
    const direction = ARROWS[event.key];
    if (event.key === 'Enter') actions.maximize(index);
    else if (direction) actions.focus(index, direction);
    else if (event.key === '+') zoom.by(1.5);
    else if (event.key === '-') zoom.by(1 / 1.5);
    else if (event.key === '0') zoom.reset();
    else if (event.key === 'Delete') actions.remove(index);
    else if (event.key.toLowerCase() === 's') actions.snapshot(camera);
    else if (event.key.toLowerCase() === 'p' && camera.may.archive) actions.playback(camera);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const use = (tool: TileTool) => {
    if (tool === 'ptz') setPtz(!ptz);
    else if (tool === 'info') setOwnInfo(!ownInfo);
    else if (tool === 'maximize') actions.maximize(index);
    else if (tool === 'remove') actions.remove(index);
    else if (tool === 'zoomIn') zoom.by(1.5);
    else if (tool === 'zoomReset') zoom.reset();
    else if (tool === 'snapshot') actions.snapshot(camera);
    else if (tool === 'playback') actions.playback(camera);
    else resize(tool);
  };
  const resize = (tool: 'wider' | 'narrower' | 'taller' | 'shorter') => {
    const { width, height } = props.tile;
    const across = tool === 'wider' ? 1 : tool === 'narrower' ? -1 : 0;
    const down = tool === 'taller' ? 1 : tool === 'shorter' ? -1 : 0;
    actions.resize(index, width + across, height + down);
  };

  const { x, y } = zoom.zoom;
  const words = [
    camera.name,
    camera.node?.label,
    t(`status.${status}`),
    camera.recording && t('status.recording'),
  ];
  const look = [styles.tile, drop.isOver && styles.over, drag.isDragging && styles.lifted];
  return (
    <>
      <section
        ref={join}
        className={look.filter(Boolean).join(' ')}
        style={props.style}
        hidden={props.hidden}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: tiles are walked with the arrow keys
        tabIndex={0}
        aria-label={words.filter(Boolean).join(', ')}
        data-tile={index}
        data-camera={camera.id}
        data-status={status}
        data-maximized={maximized}
        onKeyDown={key}
        onDoubleClick={(event) => {
          if (!(event.target as Element).closest('button, select, input')) actions.maximize(index);
        }}
        {...pointerDrag(drag.listeners)}
      >
        <div
          ref={host}
          className={styles.picture}
          style={{ transform: factor === 1 ? undefined : transformOf(x, y, factor) }}
          data-zoomed={factor > 1}
          data-stale={status !== 'live'}
        />
        <TileMessage status={status} trouble={trouble} mends={mends} />
        <div className={styles.head}>
          <span className={styles.name}>{camera.name}</span>
          {camera.node && <span className={styles.node}>{camera.node.label}</span>}
          <StatusBadges camera={camera} status={status} />
          <TileTools
            camera={camera}
            drag={drag}
            maximized={maximized}
            ptz={ptz}
            info={info}
            zoomed={factor > 1}
            onUse={use}
          />
        </div>
        {info && live.state && stats && (
          <TileInfo camera={camera} state={live.state} stats={stats} />
        )}
        {!info && maximized && status === 'live' && <TileCompromise state={live.state} />}
        {!info && !ptz && status === 'live' && stats && (
          <div className={styles.foot} aria-hidden="true">
            {factor > 1 && <span>{factor.toFixed(1)}×</span>}
            <span>{Math.round(stats.picturesPerSecond)} fps</span>
            <span>{(stats.bitsPerSecond / 1e6).toFixed(1)} Mbit/s</span>
          </div>
        )}
        {ptz && hasRoomForPad(view) && (
          <div className={styles.ptz}>
            <PtzPad camera={camera} />
          </div>
        )}
      </section>
      {ptz && !props.hidden && !hasRoomForPad(view) && (
        <PadSheet camera={camera} onClose={closePad} />
      )}
    </>
  );
});

function transformOf(x: number, y: number, factor: number): string {
  return `translate(${x * 100}%, ${y * 100}%) scale(${factor})`;
}

// The pad that moves a camera: over its picture, or at the edge of the page where the tile is too small.
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/cameras.js';
import { IconButton } from '../design/index.js';
import { PtzPad } from '../ptz/ptz-pad.js';
import styles from './tile.module.css';

/** CSS pixels that a tile needs for the pad, its presets and some picture. */
const LEAST = { width: 250, height: 280 };

/** Does the pad fit into a tile of so many device pixels? */
export function hasRoomForPad({ width, height }: { width: number; height: number }): boolean {
  const ratio = window.devicePixelRatio;
  return width >= LEAST.width * ratio && height >= LEAST.height * ratio;
}

/** What closes a pad by keyboard; Escape is not the page's then. */
export function closesPad(event: KeyboardEvent, close: () => void): void {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  event.preventDefault();
  event.stopPropagation();
  close();
}

/** Beside the tile in React's tree, so that the tile is not dragged and enlarged by it. */
export function PadSheet({ camera, onClose }: { camera: CameraView; onClose: () => void }) {
  const { t } = useTranslation('live');
  const sheet = useRef<HTMLElement>(null);
  useEffect(() => sheet.current?.querySelector('button')?.focus(), []);
  return createPortal(
    <section
      ref={sheet}
      className={styles.padSheet}
      aria-label={`${t('tools.ptz')}: ${camera.name}`}
      onKeyDown={(event) => closesPad(event, onClose)}
    >
      <div className={styles.padHead}>
        <strong>{camera.name}</strong>
        <IconButton icon="close" label={t('common:close')} tip={false} onClick={onClose} />
      </div>
      <PtzPad camera={camera} />
    </section>,
    document.fullscreenElement ?? document.body,
  );
}

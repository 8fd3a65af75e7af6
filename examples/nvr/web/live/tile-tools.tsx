// The buttons and the menu of a tile.
import type { useDraggable } from '@dnd-kit/core';
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/cameras.js';
import { Icon, type IconName, Menu, MenuItem, MenuSeparator } from '../design/index.js';
import styles from './tile.module.css';

export type TileTool =
  | 'snapshot'
  | 'playback'
  | 'ptz'
  | 'info'
  | 'maximize'
  | 'zoomIn'
  | 'zoomReset'
  | 'wider'
  | 'narrower'
  | 'taller'
  | 'shorter'
  | 'remove';

export interface TileToolsProps {
  camera: CameraView;
  drag: ReturnType<typeof useDraggable>;
  maximized: boolean;
  ptz: boolean;
  info: boolean;
  zoomed: boolean;
  onUse: (tool: TileTool) => void;
}

const SIZES = ['wider', 'narrower', 'taller', 'shorter'] as const;

export function TileTools({ camera, drag, maximized, onUse, ...shown }: TileToolsProps) {
  const { t } = useTranslation('live');
  const name = { name: camera.name };
  const button = (tool: TileTool, icon: IconName, pressed?: boolean) => (
    <button
      type="button"
      className={styles.tool}
      data-minor={tool === 'maximize' ? undefined : true}
      aria-label={t(`tools.${tool}`, name)}
      title={t(`tools.${tool}`, name)}
      aria-pressed={pressed}
      onClick={() => onUse(tool)}
    >
      <Icon name={icon} size={15} />
    </button>
  );
  return (
    <div className={styles.tools}>
      {shown.zoomed && button('zoomReset', 'minus')}
      {camera.hasPtz && camera.may.ptz && button('ptz', 'ptz', shown.ptz)}
      {button('snapshot', 'snapshot')}
      {camera.may.archive && button('playback', 'playback')}
      {!maximized && (
        <button
          type="button"
          ref={drag.setActivatorNodeRef}
          className={styles.tool}
          data-minor
          title={t('tools.move', name)}
          onKeyDown={drag.listeners?.onKeyDown as React.KeyboardEventHandler | undefined}
          {...drag.attributes}
          aria-label={t('tools.move', name)}
        >
          <Icon name="grid" size={15} />
        </button>
      )}
      <Menu
        align="end"
        trigger={
          <button
            type="button"
            className={styles.tool}
            data-menu
            aria-label={t('tools.menu', name)}
            title={t('tools.menu', name)}
          >
            <Icon name="more" size={15} />
          </button>
        }
      >
        <MenuItem icon="fullscreen" hint="Enter" onSelect={() => onUse('maximize')}>
          {t(maximized ? 'tools.restore' : 'tools.maximize', name)}
        </MenuItem>
        <MenuItem icon="snapshot" hint="S" onSelect={() => onUse('snapshot')}>
          {t('tools.snapshot')}
        </MenuItem>
        {camera.may.archive && (
          <MenuItem icon="playback" hint="P" onSelect={() => onUse('playback')}>
            {t('tools.playback')}
          </MenuItem>
        )}
        {camera.hasPtz && camera.may.ptz && (
          <MenuItem icon="ptz" onSelect={() => onUse('ptz')}>
            {t('tools.ptz')}
          </MenuItem>
        )}
        <MenuItem icon="info" hint="I" onSelect={() => onUse('info')}>
          {t('tools.info')}
        </MenuItem>
        <MenuItem icon="plus" hint="+" onSelect={() => onUse('zoomIn')}>
          {t('tools.zoomIn')}
        </MenuItem>
        {shown.zoomed && (
          <MenuItem icon="minus" hint="0" onSelect={() => onUse('zoomReset')}>
            {t('tools.zoomReset')}
          </MenuItem>
        )}
        {!maximized && (
          <>
            <MenuSeparator />
            {SIZES.map((tool) => (
              <MenuItem key={tool} onSelect={() => onUse(tool)}>
                {t(`tools.${tool}`)}
              </MenuItem>
            ))}
            <MenuItem icon="close" hint="Del" onSelect={() => onUse('remove')}>
              {t('tools.remove')}
            </MenuItem>
          </>
        )}
      </Menu>
      {button('maximize', maximized ? 'shrink' : 'fullscreen')}
    </div>
  );
}

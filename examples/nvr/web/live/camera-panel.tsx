// The list of cameras: to search in, and to drag into the grid.
import { useDraggable } from '@dnd-kit/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/cameras.js';
import { IconButton } from '../design/index.js';
import { type CameraGroup, groupsOf } from './camera-groups.js';
import styles from './live.module.css';
import { pointerDrag } from './pointer-drag.js';

const SHAPES: Record<CameraView['status'], string> = {
  LIVE: '●',
  CONNECTING: '◌',
  OFFLINE: '✕',
  STOPPED: '■',
};

export interface CameraPanelProps {
  cameras: readonly CameraView[];
  /** Ids of those in the grid. */
  shown: ReadonlySet<string>;
  onChoose: (camera: CameraView) => void;
  onClose: () => void;
}

export function CameraPanel({ cameras, shown, onChoose, onClose }: CameraPanelProps) {
  const { t, i18n } = useTranslation(['live', 'common']);
  const [search, setSearch] = useState('');
  const groups = useMemo(
    () => groupsOf(cameras, search, i18n.language),
    [cameras, search, i18n.language],
  );
  return (
    <aside className={styles.panel} aria-label={t('panel.title')}>
      <div className={styles.panelHead}>
        <input
          type="search"
          aria-label={t('panel.search')}
          placeholder={t('panel.search')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <IconButton icon="close" label={t('common:close')} onClick={onClose} />
      </div>
      <div className={styles.list}>
        {groups.length === 0 && <p className={styles.group}>{t('panel.nothing')}</p>}
        {groups.map((group) => (
          <section
            key={`${group.cameras[0]?.node?.id ?? ''} ${group.name}`}
            aria-label={titleOf(group) || t('panel.noGroup')}
          >
            {(titleOf(group) || groups.length > 1) && (
              <h3 className={styles.group}>{titleOf(group) || t('panel.noGroup')}</h3>
            )}
            <ul>
              {group.cameras.map((camera) => (
                <Entry
                  key={camera.id}
                  camera={camera}
                  shown={shown.has(camera.id)}
                  onChoose={onChoose}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </aside>
  );
}

/** Another server's name, and the group there. */
function titleOf({ server, name }: CameraGroup): string {
  return [server, name].filter(Boolean).join(' · ');
}

function Entry(props: {
  camera: CameraView;
  shown: boolean;
  onChoose: (camera: CameraView) => void;
}) {
  const { camera } = props;
  const { t } = useTranslation('live');
  const { setNodeRef, listeners } = useDraggable({ id: `camera:${camera.id}` });
  return (
    <li>
      <button
        ref={setNodeRef}
        type="button"
        className={styles.entry}
        data-shown={props.shown}
        data-status={camera.status}
        title={t(props.shown ? 'panel.find' : 'panel.add')}
        onClick={() => props.onChoose(camera)}
        {...pointerDrag(listeners)}
      >
        <span aria-hidden="true">{SHAPES[camera.status]}</span>
        <span className={styles.entryName}>{camera.name}</span>
        <span className="visually-hidden">{t(`cameraStatus.${camera.status}`)}</span>
      </button>
    </li>
  );
}

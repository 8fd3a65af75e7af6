// All cameras of the server that is shown, and what can be done with each.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { CameraView } from '../../protocol/index.js';
import { path, useCameras, useServer } from '../api/index.js';
import {
  Badge,
  Button,
  type Column,
  EmptyState,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  Page,
  Table,
  TextField,
} from '../design/index.js';
import { formatBitrate, formatBytes, formatNumber, NOTHING } from '../format/quantities.js';
import { useAction } from '../forms/action.js';
import { Answer } from '../forms/answer.js';
import styles from './cameras.module.css';
import { codecName } from './codec-name.js';
import { useStorage } from './queries.js';
import { RemoveCameraDialog } from './remove-dialog.js';
import { SnapshotDialog } from './snapshot-dialog.js';
import { CameraStatus } from './status.js';

export function CameraList() {
  const { t, i18n } = useTranslation('cameras');
  const cameras = useCameras();
  const { data: storage } = useStorage();
  const [, navigate] = useLocation();
  const [search, setSearch] = useState('');
  const [removed, setRemoved] = useState<CameraView>();
  const [pictured, setPictured] = useState<CameraView>();
  const add = () => navigate('/cameras/add');

  const columns: Column<CameraView>[] = [
    {
      key: 'name',
      header: t('name'),
      cell: (camera) => (
        <div className={styles.name}>
          {camera.may.manage ? (
            <Link href={`/cameras/edit/${encodeURIComponent(camera.id)}`}>{camera.name}</Link>
          ) : (
            <span>{camera.name}</span>
          )}
          {camera.group && <small>{camera.group}</small>}
          {camera.node && <Badge shape={false}>{camera.node.label}</Badge>}
        </div>
      ),
    },
    { key: 'status', header: t('state'), cell: (camera) => <CameraStatus camera={camera} /> },
    {
      key: 'recording',
      header: t('recordingColumn'),
      cell: ({ recording }) =>
        recording ? <Badge tone="good">{t('recorded')}</Badge> : <Badge>{t('notRecorded')}</Badge>,
    },
    { key: 'codec', header: t('codec'), cell: ({ main }) => <StreamWords stream={main} /> },
    {
      key: 'fps',
      header: t('frameRate'),
      end: true,
      cell: ({ main }) => formatNumber(main.frameRate, i18n.language, 1),
    },
    {
      key: 'bitrate',
      header: t('bitrate'),
      end: true,
      cell: ({ main }) => formatBitrate(main.bitsPerSecond, i18n.language),
    },
    {
      key: 'storage',
      header: t('storageColumn'),
      end: true,
      cell: ({ id }) =>
        formatBytes(storage?.cameras.find(({ cameraId }) => cameraId === id)?.bytes, i18n.language),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('actions')}</span>,
      end: true,
      cell: (camera) => (
        <CameraMenu
          camera={camera}
          onRemove={() => setRemoved(camera)}
          onSnapshot={() => setPictured(camera)}
        />
      ),
    },
  ];

  return (
    <Page
      title={t('title')}
      actions={
        <Button kind="primary" icon="plus" onClick={add}>
          {t('add')}
        </Button>
      }
    >
      <Answer query={cameras}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon="camera" title={t('none')}>
              <p>{t('noneText')}</p>
              <Button kind="primary" icon="plus" onClick={add}>
                {t('add')}
              </Button>
            </EmptyState>
          ) : (
            <>
              <div className={styles.search}>
                <TextField
                  label={t('common:search')}
                  type="search"
                  value={search}
                  onChange={(event) => setSearch(event.target.value)}
                />
              </div>
              <Table
                caption={t('title')}
                columns={columns}
                rows={all.filter((camera) => matches(camera, search, i18n.language))}
                rowKey={({ id }) => id}
                empty={t('notFound')}
              />
            </>
          )
        }
      </Answer>
      {removed && <RemoveCameraDialog camera={removed} onClose={() => setRemoved(undefined)} />}
      {pictured && <SnapshotDialog camera={pictured} onClose={() => setPictured(undefined)} />}
    </Page>
  );
}

function StreamWords({ stream }: { stream: CameraView['main'] }) {
  const { codec, width, height } = stream;
  if (codec === undefined) return NOTHING;
  return (
    <div className={styles.name}>
      <span>{codecName(codec)}</span>
      {width !== undefined && (
        <small>
          {width} × {height}
        </small>
      )}
    </div>
  );
}

function matches(camera: CameraView, search: string, language: string): boolean {
  const lower = (text: string) => text.toLocaleLowerCase(language);
  return lower(
    `${camera.name} ${camera.group ?? ''} ${camera.id} ${camera.node?.label ?? ''}`,
  ).includes(lower(search.trim()));
}

function CameraMenu(props: { camera: CameraView; onRemove: () => void; onSnapshot: () => void }) {
  const { t } = useTranslation('cameras');
  const { camera, onRemove, onSnapshot } = props;
  // Those of other servers are set up there.
  const manages = camera.may.manage;
  const server = useServer();
  const [, navigate] = useLocation();
  const enable = useAction(
    (command: 'start' | 'stop') => server.api.post(path`/api/cameras/${camera.id}/${command}`),
    { changes: ['cameras', 'troubles'] },
  );
  return (
    <Menu
      align="end"
      trigger={<IconButton icon="more" label={t('actionsOf', { name: camera.name })} />}
    >
      {manages && (
        <MenuItem
          icon="edit"
          onSelect={() => navigate(`/cameras/edit/${encodeURIComponent(camera.id)}`)}
        >
          {t('common:edit')}
        </MenuItem>
      )}
      <MenuItem icon="snapshot" onSelect={onSnapshot}>
        {t('snapshot')}
      </MenuItem>
      {manages && (
        <>
          <MenuItem
            icon={camera.enabled ? 'pause' : 'play'}
            onSelect={() => enable.mutate(camera.enabled ? 'stop' : 'start')}
          >
            {camera.enabled ? t('stop') : t('start')}
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon="trash" danger onSelect={onRemove}>
            {t('common:remove')}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

// Live view: the grid of cameras and what arranges it.
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { CameraView } from '../../protocol/cameras.js';
import { readPreferences, usePreferences } from '../account/preferences.js';
import { useCameras, useServer } from '../api/index.js';
import { useAccess } from '../app/session.js';
import { Button, EmptyState, IconButton, Notice, PageSpinner, toast } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import { Arranging } from './arranging.js';
import { CameraPanel } from './camera-panel.js';
import { useFirstLayout } from './first-layout.js';
import { GridView } from './grid.js';
import { HelpDialog } from './help-dialog.js';
import { camerasOf, fitting, neighbour, placed, poured, resized, uniform } from './layout.js';
import { LayoutMenu } from './layout-menu.js';
import styles from './live.module.css';
import { saveSnapshot } from './snapshot.js';
import type { TileActions } from './tile.js';
import { DEFAULT_TOUR_SECONDS, useTour } from './tour.js';
import { type GridState, useGrid } from './use-grid.js';
import { type Shortcuts, useShortcuts } from './use-shortcuts.js';

export default function LivePage() {
  const { t } = useTranslation('live');
  const server = useServer();
  const access = useAccess();
  const [, navigate] = useLocation();
  const { data: cameras, error } = useCameras();
  const visible = useMemo(() => (cameras ?? []).filter((camera) => camera.may.live), [cameras]);
  const byId = useMemo(() => new Map(visible.map((camera) => [camera.id, camera])), [visible]);
  const ids = useMemo(() => visible.map((camera) => camera.id), [visible]);
  const arranged = useGrid(cameras);
  const beginning = useFirstLayout(arranged.open);
  const page = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const [panel, setPanel] = useState(false);
  const [info, setInfo] = useState(false);
  const [help, setHelp] = useState(false);
  const [tour, setTour] = useState(false);
  const { preferences } = usePreferences();
  const { tourSeconds: seconds = DEFAULT_TOUR_SECONDS } = readPreferences(preferences);
  const [maximized, setMaximized] = useState<number>();
  const held = maximized !== undefined;
  const grid = useTour(arranged.grid, ids, { running: tour, held, seconds });

  // What is moved or taken out during a tour is what is seen: the tour ends with it.
  const state: GridState = {
    ...arranged,
    grid,
    change: (next) => {
      setTour(false);
      arranged.change(() => next(grid));
    },
  };

  const focusTile = useCallback((index: number) => {
    area.current?.querySelector<HTMLElement>(`section[data-tile="${index}"]`)?.focus();
  }, []);
  const newest = useRef({ state, grid });
  newest.current = { state, grid };
  const actions = useMemo<TileActions>(
    () => ({
      maximize: (index) => setMaximized((before) => (before === index ? undefined : index)),
      focus: (index, direction) => focusTile(neighbour(newest.current.grid, index, direction)),
      resize: (index, width, height) =>
        newest.current.state.change((before) => resized(before, index, width, height)),
      remove: (index) => {
        setMaximized(undefined);
        newest.current.state.change((before) => placed(before, index, undefined));
      },
      snapshot: (camera) => {
        saveSnapshot(server, camera).catch((failure: unknown) => {
          const words = wordsOfError(failure);
          toast({ tone: 'bad', title: words.title, detail: words.advice });
        });
      },
      playback: (camera) =>
        navigate(`/playback?cameras=${encodeURIComponent(camera.id)}&at=${Date.now()}`),
    }),
    [server, navigate, focusTile],
  );

  const fullscreen = () => {
    const leaving = document.fullscreenElement !== null;
    void (leaving ? document.exitFullscreen() : page.current?.requestFullscreen())?.catch(
      () => undefined,
    );
  };
  useShortcuts(
    shortcuts({
      size: (side) => {
        setMaximized(undefined);
        state.reshape(uniform(side));
      },
      back: () => setMaximized(undefined),
      fullscreen,
      panel: () => setPanel((shown) => !shown),
      info: () => setInfo((shown) => !shown),
      tour: () => setTour((running) => !running),
      help: () => setHelp(true),
      walk: () => focusTile(0),
    }),
  );

  const choose = (camera: CameraView) => {
    const at = state.grid.tiles.findIndex((tile) => tile.cameraId === camera.id);
    if (at >= 0) {
      focusTile(at);
      return;
    }
    const free = state.grid.tiles.findIndex(
      (tile) => tile.cameraId === undefined || !byId.has(tile.cameraId),
    );
    if (free >= 0) state.change((before) => placed(before, free, camera.id));
    else if (grid.tiles.length < 64) {
      state.change((before) => poured(fitting(camerasOf(before).length + 1), before, [camera.id]));
    }
  };

  if (!cameras && error) {
    const words = wordsOfError(error);
    return (
      <EmptyState icon="warning" title={words.title}>
        <p>{words.advice}</p>
      </EmptyState>
    );
  }
  if (!cameras || beginning) return <PageSpinner label={t('loading')} />;
  if (visible.length === 0) return <NoCameras admin={access.admin} />;
  const live = visible.filter((camera) => camera.status === 'LIVE').length;
  return (
    <Arranging state={state} cameras={byId}>
      <div ref={page} className={styles.page} data-arranging={panel}>
        <div className={styles.toolbar}>
          <IconButton
            icon="list"
            label={t('panel.title')}
            pressed={panel}
            onClick={() => setPanel(!panel)}
          />
          <LayoutMenu state={arranged} />
          <h1 className="visually-hidden">{t('title')}</h1>
          <span className={styles.space} />
          <span className={`${styles.summary} ${styles.wide}`} role="status">
            {t('summary', { live, count: visible.length })}
          </span>
          <IconButton
            icon="refresh"
            label={t('tour', { count: seconds })}
            pressed={tour}
            onClick={() => setTour(!tour)}
          />
          <IconButton
            icon="info"
            label={t('infoToggle')}
            pressed={info}
            onClick={() => setInfo(!info)}
          />
          <IconButton icon="help" label={t('keys.title')} onClick={() => setHelp(true)} />
          <IconButton icon="fullscreen" label={t('fullscreen')} onClick={fullscreen} />
        </div>
        {panel && (
          <CameraPanel
            cameras={visible}
            shown={new Set(camerasOf(grid))}
            onChoose={choose}
            onClose={() => setPanel(false)}
          />
        )}
        <GridView
          area={area}
          grid={grid}
          cameras={byId}
          actions={actions}
          info={info}
          maximized={maximized}
        />
      </div>
      <HelpDialog open={help} onOpenChange={setHelp} />
    </Arranging>
  );
}

interface LiveKeys {
  size: (side: number) => void;
  back: () => void;
  fullscreen: () => void;
  panel: () => void;
  info: () => void;
  tour: () => void;
  help: () => void;
  walk: () => void;
}

function shortcuts(keys: LiveKeys): Shortcuts {
  const all: Shortcuts = {
    Escape: keys.back,
    f: keys.fullscreen,
    c: keys.panel,
    i: keys.info,
    t: keys.tour,
    '?': keys.help,
    ArrowRight: keys.walk,
    ArrowDown: keys.walk,
  };
  for (let side = 1; side <= 8; side += 1) all[String(side)] = () => keys.size(side);
  return all;
}

function NoCameras({ admin }: { admin: boolean }) {
  const { t } = useTranslation('live');
  const [, navigate] = useLocation();
  return (
    <EmptyState icon="camera" title={t('none.title')}>
      {admin ? (
        <Button kind="primary" icon="plus" onClick={() => navigate('/cameras')}>
          {t('none.add')}
        </Button>
      ) : (
        <Notice>{t('none.ask')}</Notice>
      )}
    </EmptyState>
  );
}

// A playback on the page: tiles, controls, timeline, selection.
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, TimelineRow } from '../../protocol/index.js';
import { useServer } from '../api/index.js';
import { useAccess } from '../app/session.js';
import { Button, IconButton, Notice, toast } from '../design/index.js';
import { BookmarkDialog } from '../events/bookmark-dialog.js';
import { ExportDialog } from '../exports/export-dialog.js';
import { wordsOf } from '../i18n/words.js';
import {
  browserZone,
  durationText,
  formatsOf,
  neighbourEvent,
  setEnd,
  Timeline,
  type TimeRange,
  viewAround,
  ZOOM_STEP,
  zoom,
} from '../timeline/index.js';
import { CalendarButton } from './calendar.js';
import { CameraPicker } from './camera-picker.js';
import type { Conductor } from './conductor.js';
import { Controls } from './controls.js';
import { findEvent } from './far-events.js';
import { GoTo } from './go-to.js';
import { type KeyActions, useKeyboard } from './keyboard.js';
import { KeysDialog } from './keys-dialog.js';
import styles from './playback.module.css';
import { saveSnapshot } from './snapshot-file.js';
import { nextSpeed, reversed } from './speeds.js';
import { Tiles } from './tiles.js';
import { type Decoding, usePlaybackSnapshot } from './use-conductor.js';

interface Props {
  conductor: Conductor;
  decoding: Decoding;
  cameras: readonly CameraView[];
  chosen: readonly string[];
  start: number;
  onChoose: (chosen: string[]) => void;
}

const FIRST_SPAN_MS = 3_600_000;

export function Player({ conductor, decoding, cameras, chosen, start, onChoose }: Props) {
  const { t, i18n } = useTranslation('playback');
  const server = useServer();
  const access = useAccess();
  const zone = useMemo(browserZone, []);
  const formats = formatsOf(i18n.language, zone);
  const snapshot = usePlaybackSnapshot(conductor);
  const [view, setView] = useState(() => viewAround(start, FIRST_SPAN_MS));
  const [rows, setRows] = useState<readonly TimelineRow[]>([]);
  const [selection, setSelection] = useState<TimeRange>();
  const [dialog, setDialog] = useState<'export' | 'help' | 'bookmark'>();
  const shown = useMemo(
    () =>
      chosen.map((id) => cameras.find((camera) => camera.id === id)).filter((c) => c !== undefined),
    [cameras, chosen],
  );
  // Marks are kept with the footage, by the server that has it.
  const ours = useMemo(() => shown.filter(({ node }) => !node), [shown]);
  const mayExport = access.export && shown.some(({ may }) => may.export);
  const tiles = useRef<HTMLDivElement>(null);
  const seek = useCallback((time: number) => conductor.seek(time), [conductor]);
  const scrub = useCallback(
    (time: number, isLast: boolean) => conductor.scrub(time, isLast),
    [conductor],
  );
  const save = async (camera: CameraView) => {
    const tile = conductor.tiles.get(camera.id);
    const saved = tile && (await saveSnapshot(tile, camera.name, zone));
    if (!saved) toast({ title: t('noPicture', { name: camera.name }), tone: 'bad' });
  };
  const goToEvent = async (direction: 1 | -1) => {
    const at = conductor.position();
    const near = neighbourEvent(rows, at, direction);
    const found = near ?? (await findEvent(server, chosen, at, direction));
    if (found === undefined) toast({ title: t(direction > 0 ? 'noEventAfter' : 'noEventBefore') });
    else seek(found);
  };
  const actions: KeyActions = {
    playPause: () => (snapshot.wantsPlay ? conductor.pause() : conductor.play()),
    jump: (by) => seek(conductor.position() + by),
    step: (direction) => conductor.step(direction),
    faster: (direction) => conductor.setSpeed(nextSpeed(snapshot.speed, direction)),
    reverse: () => conductor.setSpeed(reversed(snapshot.speed)),
    neighbourEvent: (direction) => void goToEvent(direction),
    markStart: () => setSelection(setEnd(selection, 'start', conductor.position())),
    markEnd: () => setSelection(setEnd(selection, 'end', conductor.position())),
    clear: () => setSelection(undefined),
    zoom: (direction) => setView(zoom(view, ZOOM_STEP ** direction, conductor.position())),
    bookmark: () => {
      if (ours.length > 0) setDialog('bookmark');
    },
    snapshot: () => void Promise.all(shown.map(save)),
    fullscreen: () => {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void tiles.current?.requestFullscreen?.().catch(() => undefined);
    },
    exportRange: () => {
      if (mayExport && selection) setDialog('export');
    },
    help: () => setDialog('help'),
  };
  useKeyboard(actions);
  return (
    <div className={styles.page}>
      <Tiles
        ref={tiles}
        {...{ conductor, cameras: shown, snapshot, rows, formats }}
        onJump={seek}
        onSnapshot={(camera) => void save(camera)}
      />
      <div className={styles.controls}>
        <Controls
          {...{ snapshot, formats, actions }}
          position={conductor}
          onSpeed={(speed) => conductor.setSpeed(speed)}
        />
        <span className={styles.spring} />
        <GoTo zone={zone} conductor={conductor} onSeek={seek} />
        <CalendarButton
          cameras={chosen}
          zone={zone}
          position={() => conductor.position()}
          onSeek={seek}
        />
        <CameraPicker cameras={cameras} chosen={chosen} onChange={onChoose} />
        <IconButton icon="minus" label={t('zoomOut')} onClick={() => actions.zoom(-1)} />
        <IconButton icon="plus" label={t('zoomIn')} onClick={() => actions.zoom(1)} />
        <Button kind="quiet" aria-label={t('markStart')} onClick={actions.markStart}>
          [
        </Button>
        <Button kind="quiet" aria-label={t('markEnd')} onClick={actions.markEnd}>
          ]
        </Button>
        {selection && (
          <span className={styles.range}>
            {formats.seconds.format(selection.start)} – {formats.seconds.format(selection.end)} (
            {durationText(selection.end - selection.start)})
            <IconButton icon="close" label={t('clearSelection')} onClick={actions.clear} />
          </span>
        )}
        {mayExport && (
          <Button icon="exports" disabled={!selection} onClick={actions.exportRange}>
            {t('export')}
          </Button>
        )}
        {ours.length > 0 && (
          <IconButton icon="bookmark" label={t('bookmark')} onClick={actions.bookmark} />
        )}
        <IconButton icon="help" label={t('help')} onClick={actions.help} />
      </div>
      <div>
        {decoding === 'mse' && <Notice tone="warn">{t('mseOnly')}</Notice>}
        {snapshot.refused && <Refused {...snapshot.refused} />}
        <Timeline
          cameras={shown}
          {...{ view, zone, selection }}
          onView={setView}
          position={conductor}
          isPlaying={snapshot.wantsPlay}
          onSelection={setSelection}
          onSeek={seek}
          onScrub={scrub}
          onRows={setRows}
        />
      </div>
      {selection && (
        <ExportDialog
          open={dialog === 'export'}
          onOpenChange={(open) => setDialog(open ? 'export' : undefined)}
          cameras={shown.filter(({ may }) => may.export)}
          range={selection}
          zone={zone}
        />
      )}
      <BookmarkDialog
        open={dialog === 'bookmark'}
        onOpenChange={(open) => setDialog(open ? 'bookmark' : undefined)}
        cameras={ours}
        zone={zone}
        at={conductor.position()}
      />
      <KeysDialog
        open={dialog === 'help'}
        onOpenChange={(open) => setDialog(open ? 'help' : undefined)}
      />
    </div>
  );
}

function Refused({ code, message }: { code: string; message: string }) {
  const { title, advice } = wordsOf(code, message);
  return (
    <Notice tone="bad" title={title}>
      {advice && <p>{advice}</p>}
    </Notice>
  );
}

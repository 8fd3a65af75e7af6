// The buttons of a playback: play, step, jump, speed, events; and where it stands.
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button, Icon, IconButton } from '../design/index.js';
import type { formatsOf, PositionSource } from '../timeline/index.js';
import type { KeyActions } from './keyboard.js';
import { sharedMarks } from './marks.js';
import styles from './playback.module.css';
import { RouteMark } from './route-mark.js';
import type { PlaybackSnapshot } from './snapshot.js';
import { SPEEDS } from './speeds.js';

interface Props {
  snapshot: PlaybackSnapshot;
  position: PositionSource;
  formats: ReturnType<typeof formatsOf>;
  actions: KeyActions;
  onSpeed: (speed: number) => void;
}

export function Controls({ snapshot, position, formats, actions, onSpeed }: Props) {
  const { t } = useTranslation('playback');
  const [, navigate] = useLocation();
  const { wantsPlay, speed, phase } = snapshot;
  return (
    <fieldset className={styles.group} aria-label={t('controls')}>
      <IconButton icon="left" label={t('eventBefore')} onClick={() => actions.neighbourEvent(-1)} />
      <Button
        kind="quiet"
        className={styles.optional}
        aria-label={`${t('short.back60')}: ${t('back60')}`}
        onClick={() => actions.jump(-60_000)}
      >
        {t('short.back60')}
      </Button>
      <Button
        kind="quiet"
        aria-label={`${t('short.back10')}: ${t('back10')}`}
        onClick={() => actions.jump(-10_000)}
      >
        {t('short.back10')}
      </Button>
      <IconButton
        icon="step"
        label={t('stepBack')}
        className={styles.flipped}
        onClick={() => actions.step(-1)}
      />
      <IconButton
        icon={wantsPlay ? 'pause' : 'play'}
        label={t(wantsPlay ? 'pause' : 'play')}
        kind="primary"
        onClick={actions.playPause}
        disabled={phase === 'connecting'}
      />
      <IconButton icon="step" label={t('stepForward')} onClick={() => actions.step(1)} />
      <Button
        kind="quiet"
        aria-label={`${t('short.forward10')}: ${t('forward10')}`}
        onClick={() => actions.jump(10_000)}
      >
        {t('short.forward10')}
      </Button>
      <Button
        kind="quiet"
        className={styles.optional}
        aria-label={`${t('short.forward60')}: ${t('forward60')}`}
        onClick={() => actions.jump(60_000)}
      >
        {t('short.forward60')}
      </Button>
      <IconButton icon="right" label={t('eventAfter')} onClick={() => actions.neighbourEvent(1)} />
      <select
        className={styles.select}
        aria-label={t('speed')}
        value={String(speed)}
        onChange={(event) => onSpeed(Number(event.target.value))}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={String(one)}>
            {one < 0 ? t('backwards', { speed: -one }) : `${one}×`}
          </option>
        ))}
      </select>
      <Clock position={position} formats={formats} />
      <span className={styles.phase} role="status" data-phase={phase}>
        {t(`phase.${phase}`)}
      </span>
      <RouteMark {...sharedMarks(snapshot.servers)} />
      <Button icon="live" onClick={() => navigate('/live')}>
        {t('live')}
      </Button>
    </fieldset>
  );
}

/** Written past React: it changes with each picture. */
function Clock({ position, formats }: Pick<Props, 'position' | 'formats'>) {
  const text = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = () => {
      if (!text.current) return;
      const at = position.position();
      const shown = formats.full.format(at);
      text.current.dataset.position = at.toFixed(0);
      if (text.current.textContent !== shown) text.current.textContent = shown;
    };
    show();
    return position.subscribe(show);
  }, [position, formats]);
  return (
    <span className={styles.time}>
      <Icon name="clock" size={14} /> <span ref={text} data-clock="" />{' '}
      <span className={styles.zone}>{formats.zoneName(position.position())}</span>
    </span>
  );
}

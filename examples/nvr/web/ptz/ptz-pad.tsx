// Moves a camera: hold to move, arrow keys too; presets and home.
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, PtzCommand } from '../../protocol/cameras.js';
import { path, useServer } from '../api/index.js';
import { Icon, type IconName, toast } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import { KEYS, MOVES, type MoveName, velocity } from './moves.js';
import { Presets } from './presets.js';
import styles from './ptz.module.css';
import { useHeldMove } from './use-held-move.js';

const ICONS: Partial<Record<MoveName, IconName>> = {
  up: 'up',
  down: 'down',
  left: 'left',
  right: 'right',
  in: 'plus',
  out: 'minus',
};

export function PtzPad({ camera }: { camera: CameraView }) {
  const { t } = useTranslation('live');
  const server = useServer();
  const cameraId = camera.id;
  const [speed, setSpeed] = useState(0.5);

  const command = (order: PtzCommand) => {
    if (server.liveOf(camera).move(cameraId, order)) return;
    server.api.post(path`/api/cameras/${cameraId}/ptz`, order).catch((error: unknown) => {
      const words = wordsOfError(error);
      toast({ tone: 'bad', title: words.title, detail: words.advice });
    });
  };
  const held = useHeldMove((name) => command(name ? velocity(name, speed) : { action: 'stop' }));

  const key = (event: KeyboardEvent, down: boolean) => {
    const name = KEYS[event.key];
    if (!name) return;
    event.preventDefault();
    event.stopPropagation();
    if (down) held.start(name);
    else held.stop();
  };

  return (
    <div className={styles.pad}>
      <fieldset
        className={styles.cross}
        aria-label={t('ptz.pad')}
        onKeyDown={(event) => key(event, true)}
        onKeyUp={(event) => key(event, false)}
        onBlur={held.stop}
      >
        {MOVES.map((name) => {
          const icon = ICONS[name];
          return (
            <button
              key={name}
              type="button"
              className={styles[name]}
              aria-label={t(`ptz.${name}`)}
              title={t(`ptz.${name}`)}
              onPointerDown={(event) => {
                event.currentTarget.setPointerCapture(event.pointerId);
                held.start(name);
              }}
              onPointerUp={held.stop}
              onPointerCancel={held.stop}
              onClick={(event) => {
                // By keyboard or a reader: a short push.
                if (event.detail === 0) command({ ...velocity(name, speed), durationMs: 300 });
              }}
            >
              {icon ? <Icon name={icon} size={18} /> : <span className={styles.diagonal} />}
            </button>
          );
        })}
        <button
          type="button"
          className={styles.home}
          aria-label={t('ptz.home')}
          title={t('ptz.home')}
          onClick={() => command({ action: 'home' })}
        >
          <Icon name="home" size={18} />
        </button>
      </fieldset>
      <label className={styles.speed}>
        {t('ptz.speed')}
        <input
          type="range"
          min={0.1}
          max={1}
          step={0.1}
          value={speed}
          onChange={(event) => setSpeed(event.target.valueAsNumber)}
        />
      </label>
      <Presets cameraId={cameraId} onGo={(preset) => command({ action: 'goto-preset', preset })} />
    </div>
  );
}

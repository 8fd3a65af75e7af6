// Motion zones, drawn over a picture of the camera; each corner is moved by pointer or by arrow keys.
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, TextField } from '../design/index.js';
import { formatPercent } from '../format/quantities.js';
import forms from '../forms/forms.module.css';
import { useSnapshot } from './queries.js';
import styles from './zone-editor.module.css';
import {
  addCorner,
  areaOf,
  type Corner,
  MAX_ZONES,
  moveCorner,
  moveZone,
  newZone,
  removeCorner,
  svgPoints,
  type Zone,
} from './zones.js';

const STEP = 0.01;

export function ZoneEditor(props: {
  id: string;
  zones: readonly Zone[];
  onChange: (zones: Zone[]) => void;
}) {
  const { t, i18n } = useTranslation('cameras');
  const { id, zones, onChange } = props;
  const [chosen, setChosen] = useState(0);
  const { url, refetch, isFetching } = useSnapshot(id);
  const zone = zones[chosen];
  const replace = (changed: Zone) => onChange(zones.with(chosen, changed));
  return (
    <fieldset className={forms.group}>
      <legend>{t('zones.title')}</legend>
      <p className={forms.hint}>{zones.length === 0 ? t('zones.none') : t('zones.hint')}</p>
      <div className={styles.stage}>
        {url ? (
          <img src={url} alt={t('zones.picture')} className={styles.picture} draggable={false} />
        ) : (
          <div className={styles.noPicture}>{isFetching ? '' : t('zones.noPicture')}</div>
        )}
        <svg className={styles.shapes} viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
          {zones.map((one, i) => (
            <polygon
              // biome-ignore lint/suspicious/noArrayIndexKey: zones have no other identity
              key={i}
              points={svgPoints(one)}
              className={i === chosen ? styles.chosen : styles.shape}
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        {zone && <Corners zone={zone} onChange={replace} />}
      </div>
      <div className={forms.row}>
        <Button
          icon="plus"
          disabled={zones.length >= MAX_ZONES}
          onClick={() => {
            onChange([...zones, newZone(t('zones.name', { number: zones.length + 1 }))]);
            setChosen(zones.length);
          }}
        >
          {t('zones.add')}
        </Button>
        <Button kind="quiet" icon="refresh" busy={isFetching} onClick={() => void refetch()}>
          {t('zones.refresh')}
        </Button>
      </div>
      <ul className={styles.list}>
        {zones.map((one, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: zones have no other identity
          <li key={i} className={styles.zone}>
            <TextField
              label={t('zones.nameOf', { number: i + 1 })}
              maxLength={64}
              value={one.name}
              onFocus={() => setChosen(i)}
              onChange={(event) => onChange(zones.with(i, { ...one, name: event.target.value }))}
            />
            <span className={forms.hint}>
              {t('zones.area', { share: formatPercent(areaOf(one) * 100, i18n.language) })}
            </span>
            <Button kind={i === chosen ? 'primary' : 'plain'} onClick={() => setChosen(i)}>
              {t('zones.edit')}
            </Button>
            <Button
              kind="quiet"
              icon="trash"
              onClick={() => {
                onChange(zones.toSpliced(i, 1));
                setChosen(0);
              }}
            >
              {t('common:remove')}
            </Button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function Corners({ zone, onChange }: { zone: Zone; onChange: (zone: Zone) => void }) {
  const { t } = useTranslation('cameras');
  const box = useRef<HTMLDivElement>(null);
  const at = (event: PointerEvent): Corner => {
    const { left, top, width, height } = (box.current as HTMLElement).getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  const press = (event: KeyboardEvent, index: number) => {
    const changed = afterKey(event, zone, index);
    if (!changed) return;
    event.preventDefault();
    onChange(changed);
  };
  return (
    <div ref={box} className={styles.corners}>
      {zone.points.map(([x, y], i) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a corner is its place in the polygon
          key={i}
          type="button"
          className={styles.corner}
          style={{ left: `${x * 100}%`, top: `${y * 100}%` }}
          aria-label={t('zones.corner', {
            number: i + 1,
            x: Math.round(x * 100),
            y: Math.round(y * 100),
          })}
          onKeyDown={(event) => press(event, i)}
          onDoubleClick={() => onChange(addCorner(zone, i))}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) {
              onChange(moveCorner(zone, i, at(event)));
            }
          }}
        />
      ))}
    </div>
  );
}

/** Arrows move a corner, with Ctrl the zone; + and Delete make and take corners. */
function afterKey(event: KeyboardEvent, zone: Zone, index: number): Zone | undefined {
  const step = event.shiftKey ? STEP * 5 : STEP;
  const directions: Record<string, Corner> = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  };
  const direction = directions[event.key];
  const corner = zone.points[index];
  if (direction && corner) {
    const [dx, dy] = direction;
    if (event.ctrlKey || event.metaKey) return moveZone(zone, dx, dy);
    return moveCorner(zone, index, [corner[0] + dx, corner[1] + dy]);
  }
  if (event.key === '+' || event.key === 'Insert') return addCorner(zone, index);
  if (event.key === 'Delete' || event.key === 'Backspace') return removeCorner(zone, index);
  return undefined;
}

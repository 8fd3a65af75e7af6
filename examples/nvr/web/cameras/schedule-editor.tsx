// The week as a grid of hours that is painted with pointer or keyboard, and fields for exact times.
import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/index.js';
import { formatNumber } from '../format/quantities.js';
import forms from '../forms/forms.module.css';
import { ExactTimes } from './exact-times.js';
import {
  DAY_MINUTES,
  EMPTY_WEEK,
  FULL_WEEK,
  minutesIn,
  modeOf,
  type PaintMode,
  paint,
  timeOfDay,
  type WeekPlan,
} from './schedule.js';
import styles from './schedule-editor.module.css';
import { useWeekdays } from './weekdays.js';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MODES: readonly PaintMode[] = ['continuous', 'events', 'off'];

interface Cell {
  day: number;
  hour: number;
}

export function ScheduleEditor(props: {
  week: WeekPlan;
  onChange: (week: WeekPlan) => void;
  error?: string;
}) {
  const { t, i18n } = useTranslation('cameras');
  const { week, onChange, error } = props;
  const [mode, setMode] = useState<PaintMode>('continuous');
  const hintId = useId();
  const hours = (which: 'continuous' | 'events') =>
    formatNumber(minutesIn(week, which) / 60, i18n.language, 1);
  return (
    <fieldset className={forms.group}>
      <legend>{t('schedule.title')}</legend>
      <div className={styles.brushes} role="radiogroup" aria-label={t('schedule.brush')}>
        {MODES.map((value) => (
          <label key={value} className={styles.brush}>
            <input
              type="radio"
              name={`${hintId}-mode`}
              checked={mode === value}
              onChange={() => setMode(value)}
            />
            <span className={styles.swatch} data-mode={value} aria-hidden="true" />
            {t(`mode.${value}`)}
          </label>
        ))}
      </div>
      <p id={hintId} className={forms.hint}>
        {t('schedule.hint')}
      </p>
      <WeekGrid week={week} mode={mode} describedBy={hintId} onChange={onChange} />
      <p role="status" className={forms.hint}>
        {t('schedule.sum', { continuous: hours('continuous'), events: hours('events') })}
      </p>
      {error && (
        <p role="alert" className={styles.error}>
          <span aria-hidden="true">▲</span> {error}
        </p>
      )}
      <ExactTimes week={week} mode={mode} onChange={onChange} />
      <div className={forms.row}>
        <Button kind="quiet" onClick={() => onChange(FULL_WEEK)}>
          {t('schedule.always')}
        </Button>
        <Button kind="quiet" onClick={() => onChange(EMPTY_WEEK)}>
          {t('schedule.never')}
        </Button>
      </div>
    </fieldset>
  );
}

function WeekGrid(props: {
  week: WeekPlan;
  mode: PaintMode;
  describedBy: string;
  onChange: (week: WeekPlan) => void;
}) {
  const { t } = useTranslation('cameras');
  const { week, mode, onChange } = props;
  const days = useWeekdays();
  const [focus, setFocus] = useState<Cell>({ day: 1, hour: 0 });
  const grid = useRef<HTMLTableElement>(null);
  const painting = useRef(false);

  const paintCell = ({ day, hour }: Cell) =>
    onChange(paint(week, day, hour * 60, hour * 60 + 60, mode));
  const paintDay = (day: number) => onChange(paint(week, day, 0, DAY_MINUTES, mode));

  const stop = () => {
    painting.current = false;
  };
  const move = (event: KeyboardEvent, cell: Cell) => {
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      if (event.shiftKey) paintDay(cell.day);
      else paintCell(cell);
      return;
    }
    const next = neighbour(event.key, cell);
    if (!next) return;
    event.preventDefault();
    setFocus(next);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${next.day}-${next.hour}"]`)?.focus();
    if (event.shiftKey) paintCell(next);
  };
  const start = (event: PointerEvent, cell: Cell) => {
    if (event.button !== 0) return;
    painting.current = true;
    // Touch holds on to the first cell otherwise, and the others hear nothing.
    event.currentTarget.releasePointerCapture?.(event.pointerId);
    paintCell(cell);
  };

  return (
    <table
      ref={grid}
      className={styles.grid}
      aria-describedby={props.describedBy}
      onPointerUp={stop}
      onPointerLeave={stop}
    >
      <caption className="visually-hidden">{t('schedule.title')}</caption>
      <tbody>
        {days.map(({ day, short, long }) => (
          <tr key={day}>
            <th scope="row">
              <button
                type="button"
                className={styles.day}
                tabIndex={-1}
                title={t('schedule.wholeDay')}
                onClick={() => paintDay(day)}
              >
                {short}
              </button>
            </th>
            {HOURS.map((hour) => {
              const held = modeOf(week, day, hour * 60, hour * 60 + 60);
              const times = `${timeOfDay(hour * 60)}–${timeOfDay(hour * 60 + 60)}`;
              const words = `${long} ${times}: ${held ? t(`mode.${held}`) : t('schedule.mixed')}`;
              const cell = { day, hour };
              return (
                <td key={hour}>
                  <button
                    type="button"
                    className={styles.cell}
                    data-mode={held ?? 'mixed'}
                    data-cell={`${day}-${hour}`}
                    tabIndex={focus.day === day && focus.hour === hour ? 0 : -1}
                    aria-label={words}
                    title={words}
                    onFocus={() => setFocus(cell)}
                    onKeyDown={(event) => move(event, cell)}
                    onPointerDown={(event) => start(event, cell)}
                    onPointerEnter={() => painting.current && paintCell(cell)}
                    // Readers click without a pointer.
                    onClick={(event) => event.detail === 0 && paintCell(cell)}
                  />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
      <tfoot aria-hidden="true">
        <tr>
          <td />
          {[0, 6, 12, 18].map((hour) => (
            <td key={hour} colSpan={6}>
              {timeOfDay(hour * 60)}
            </td>
          ))}
        </tr>
      </tfoot>
    </table>
  );
}

function neighbour(key: string, { day, hour }: Cell): Cell | undefined {
  switch (key) {
    case 'ArrowRight':
      return { day, hour: Math.min(23, hour + 1) };
    case 'ArrowLeft':
      return { day, hour: Math.max(0, hour - 1) };
    // The rows begin with Monday, as useWeekdays has them.
    case 'ArrowDown':
      return { day: day === 0 ? 0 : (day + 1) % 7, hour };
    case 'ArrowUp':
      return { day: day === 1 ? 1 : (day + 6) % 7, hour };
    case 'Home':
      return { day, hour: 0 };
    case 'End':
      return { day, hour: 23 };
    default:
      return undefined;
  }
}

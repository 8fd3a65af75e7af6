// Sets days and times to the minute, for what the grid of hours is too coarse for.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, CheckField, TextField } from '../design/index.js';
import forms from '../forms/forms.module.css';
import { minutesOf, type PaintMode, paintEntry, type WeekPlan } from './schedule.js';
import { useWeekdays } from './weekdays.js';

export function ExactTimes(props: {
  week: WeekPlan;
  mode: PaintMode;
  onChange: (week: WeekPlan) => void;
}) {
  const { t } = useTranslation('cameras');
  const weekdays = useWeekdays();
  const [days, setDays] = useState<readonly number[]>([1, 2, 3, 4, 5]);
  const [from, setFrom] = useState('08:00');
  const [to, setTo] = useState('18:00');
  const start = minutesOf(from);
  const end = minutesOf(to);
  const apply = () => {
    if (start === undefined || end === undefined) return;
    props.onChange(paintEntry(props.week, days, start, end, props.mode));
  };
  return (
    <details>
      <summary>{t('schedule.exact')}</summary>
      <div className={forms.form}>
        <div className={forms.row}>
          {weekdays.map(({ day, short }) => (
            <CheckField
              key={day}
              label={short}
              checked={days.includes(day)}
              onChange={(on) => setDays(on ? [...days, day] : days.filter((one) => one !== day))}
            />
          ))}
        </div>
        <div className={forms.columns}>
          <TextField
            label={t('schedule.from')}
            type="time"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
          <TextField
            label={t('schedule.to')}
            hint={t('schedule.toHint')}
            type="time"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </div>
        <div>
          <Button
            disabled={days.length === 0 || start === undefined || end === undefined}
            onClick={apply}
          >
            {t('schedule.apply', { mode: t(`mode.${props.mode}`) })}
          </Button>
        </div>
      </div>
    </details>
  );
}

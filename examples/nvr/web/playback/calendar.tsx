// A calendar with the days that have footage. Days are local ones, so they are taken from the timeline,
// not from the server's UTC days.
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton, Popover } from '../design/index.js';
import { useTimelineData } from '../timeline/data.js';
import { nextFootage } from '../timeline/index.js';
import {
  type CalendarDay,
  hasFootage,
  type Month,
  monthAt,
  monthBeside,
  weeksOf,
} from './month.js';
import styles from './playback.module.css';

interface Props {
  cameras: readonly string[];
  zone: string;
  position: () => number;
  onSeek: (time: number) => void;
}

export function CalendarButton(props: Props) {
  const { t } = useTranslation('playback');
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={t('calendar')}
      trigger={<IconButton icon="clock" label={t('calendar')} />}
      open={open}
      onOpenChange={setOpen}
    >
      <Calendar
        {...props}
        onSeek={(time) => {
          setOpen(false);
          props.onSeek(time);
        }}
      />
    </Popover>
  );
}

/** An hour is fine enough for days, in every zone but those of half hours, whose days end at :30. */
const HOURS_SHOWN = 31 * 24 * 4;

function Calendar({ cameras, zone, position, onSeek }: Props) {
  const { t, i18n } = useTranslation('playback');
  const [month, setMonth] = useState<Month>(() => monthAt(zone, position()));
  const weeks = useMemo(() => weeksOf(zone, month), [zone, month]);
  const days = weeks.flat().filter((day) => day !== undefined);
  const view = { start: days[0]?.start ?? 0, end: days.at(-1)?.end ?? 1 };
  const { rows, isLoading } = useTimelineData(cameras, view, HOURS_SHOWN);
  const title = new Intl.DateTimeFormat(i18n.language, {
    year: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  }).format(Date.UTC(month.year, month.month - 1, 1));
  const isCurrent = ({ start, end }: CalendarDay) => position() >= start && position() < end;
  return (
    <div className={styles.calendar}>
      <div className={styles.calendarHead}>
        <IconButton
          icon="left"
          label={t('monthBefore')}
          onClick={() => setMonth(monthBeside(month, -1))}
        />
        <span aria-live="polite">{title}</span>
        <IconButton
          icon="right"
          label={t('monthAfter')}
          onClick={() => setMonth(monthBeside(month, 1))}
          disabled={view.end > Date.now()}
        />
      </div>
      <table className={styles.days} aria-label={title} aria-busy={isLoading}>
        <thead>
          <tr>
            {WEEK.map((day) => (
              <th key={day} scope="col">
                {new Intl.DateTimeFormat(i18n.language, {
                  weekday: 'narrow',
                  timeZone: 'UTC',
                }).format(Date.UTC(2026, 0, 5 + day))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: weeks have no other name
            <tr key={i}>
              {week.map((day, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: days of other months have no other name
                <td key={column}>
                  {day && (
                    <button
                      type="button"
                      className={styles.day}
                      data-recorded={hasFootage(rows, day) || undefined}
                      aria-current={isCurrent(day) ? 'date' : undefined}
                      aria-label={t(hasFootage(rows, day) ? 'dayRecorded' : 'dayEmpty', {
                        day: day.day,
                      })}
                      disabled={day.start > Date.now()}
                      onClick={() => onSeek(nextFootage(rows, day.start) ?? day.start)}
                    >
                      {day.day}
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const WEEK = [0, 1, 2, 3, 4, 5, 6];

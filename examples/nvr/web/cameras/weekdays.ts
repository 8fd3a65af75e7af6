// The days of the week in the user's language, Monday first, as schedules are read.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

export interface WeekdayName {
  /** 0: Sunday. */
  day: number;
  short: string;
  long: string;
}

export function useWeekdays(): readonly WeekdayName[] {
  const { language } = useTranslation().i18n;
  return useMemo(() => {
    const name = (weekday: 'short' | 'long') =>
      new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' });
    // 2023-01-01 was a Sunday.
    return [1, 2, 3, 4, 5, 6, 0].map((day) => {
      const at = Date.UTC(2023, 0, 1 + day);
      return { day, short: name('short').format(at), long: name('long').format(at) };
    });
  }, [language]);
}

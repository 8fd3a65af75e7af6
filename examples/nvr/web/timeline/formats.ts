// Moments in the words of a language. Made once per language and zone: Intl's formats are costly.

export interface Formats {
  /** `14:03` */
  minutes: Intl.DateTimeFormat;
  /** `14:03:20` */
  seconds: Intl.DateTimeFormat;
  /** `Tue, Nov 24` */
  day: Intl.DateTimeFormat;
  /** `Tue 14:03:20`, for a reader. */
  spoken: Intl.DateTimeFormat;
  /** `Nov 24, 2026, 14:03:20` */
  full: Intl.DateTimeFormat;
  /** `GMT+9`, at a moment. */
  zoneName(time: number): string;
}

const made = new Map<string, Formats>();

export function formatsOf(language: string, zone: string): Formats {
  const key = `${language} ${zone}`;
  let formats = made.get(key);
  if (!formats) {
    formats = make(language, zone);
    made.set(key, formats);
  }
  return formats;
}

function make(language: string, zone: string): Formats {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: 'h23', ...options });
  const minutes = { hour: '2-digit', minute: '2-digit' } as const;
  const seconds = { ...minutes, second: '2-digit' } as const;
  const named = format({ timeZoneName: 'short' });
  return {
    minutes: format(minutes),
    seconds: format(seconds),
    day: format({ weekday: 'short', month: 'short', day: 'numeric' }),
    spoken: format({ weekday: 'short', ...seconds }),
    full: format({ year: 'numeric', month: 'short', day: 'numeric', ...seconds }),
    zoneName: (time) =>
      named.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? zone,
  };
}

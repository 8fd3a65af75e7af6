// Said where the clock of a node is another one: its footage has other times.
import { useTranslation } from 'react-i18next';
import { Notice } from '../design/index.js';
import { formatDuration } from '../format/quantities.js';
import { isClockWrong } from './state.js';

export function ClockWarning({ offsetMs }: { offsetMs: number | undefined }) {
  const { t, i18n } = useTranslation('nodes');
  if (!isClockWrong(offsetMs)) return null;
  const time = formatDuration(Math.abs(offsetMs), i18n.language);
  return (
    <Notice tone="warn" title={t(offsetMs > 0 ? 'clockAhead' : 'clockBehind', { time })}>
      <p>{t('clockAdvice')}</p>
    </Notice>
  );
}

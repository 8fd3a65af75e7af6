// Stands where the page playback will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function PlaybackPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.playback')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

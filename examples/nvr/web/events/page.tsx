// Stands where the page events will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function EventsPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.events')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

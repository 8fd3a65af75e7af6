// Stands where the page live will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function LivePage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.live')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

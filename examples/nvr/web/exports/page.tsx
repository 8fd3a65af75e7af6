// Stands where the page exports will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function ExportsPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.exports')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

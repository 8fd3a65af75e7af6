// Stands where the page system will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function SystemPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.system')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

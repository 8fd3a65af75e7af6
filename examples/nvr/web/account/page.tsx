// Stands where the page account will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function AccountPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.account')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

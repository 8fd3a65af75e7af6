// Stands where the page users will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function UsersPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.users')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

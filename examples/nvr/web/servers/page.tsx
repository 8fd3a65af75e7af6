// Stands where the page servers will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function ServersPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.servers')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

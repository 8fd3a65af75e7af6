// Stands where the page cameras will.
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../design/index.js';

export default function CamerasPage() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('nav.cameras')}>
      <EmptyState icon="clock" title={t('placeholder')} />
    </Page>
  );
}

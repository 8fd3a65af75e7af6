// By which way footage comes, and that it is sealed, as small marks.
import { useTranslation } from 'react-i18next';
import { Icon } from '../design/index.js';
import type { Marks } from './marks.js';
import styles from './playback.module.css';

export function RouteMark({ route, sealed }: Marks) {
  const { t } = useTranslation('playback');
  return (
    <>
      {route && (
        <span className={styles.route} data-route={route}>
          {t(`route.${route}`)}
        </span>
      )}
      {sealed && (
        <span className={styles.sealed} role="img" aria-label={t('sealed')} title={t('sealed')}>
          <Icon name="lock" size={16} />
        </span>
      )}
    </>
  );
}

// By which way this page gets pictures of a node, once it got some.
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useServer } from '../api/index.js';
import { Badge, Button } from '../design/index.js';
import forms from '../forms/forms.module.css';
import styles from './nodes.module.css';

export function RouteLine({ nodeId }: { nodeId: string }) {
  const { t } = useTranslation('nodes');
  const link = useServer().linkTo(nodeId);
  const { route, isTrying } = useSyncExternalStore(link.subscribe, link.snapshot);
  if (!route) return <>{t('route.none')}</>;
  return (
    <div className={styles.route} data-route={route}>
      <Badge tone={route === 'direct' ? 'good' : 'info'}>{t(`route.${route}`)}</Badge>
      {route === 'relay' && (
        <Button kind="quiet" busy={isTrying} onClick={() => void link.tryDirect()}>
          {t('route.tryDirect')}
        </Button>
      )}
      <small className={forms.hint}>{t(`route.${route}Text`)}</small>
    </div>
  );
}

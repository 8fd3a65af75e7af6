// Servers that announce themselves in the network; where there are none, what to check.
import { useTranslation } from 'react-i18next';
import type { DiscoveredNode } from '../../protocol/index.js';
import { Badge, Button, Icon, Notice, Spinner } from '../design/index.js';
import { FailureNotice } from '../forms/answer.js';
import styles from './nodes.module.css';
import { useDiscovered } from './queries.js';

export function Discovered(props: {
  onChoose: (found: DiscoveredNode) => void;
  onManual: () => void;
}) {
  const { t } = useTranslation('nodes');
  const query = useDiscovered();
  const found = query.data ?? [];
  return (
    <section className={styles.section} aria-label={t('found.title')}>
      <h2>{t('found.title')}</h2>
      <p>{t('found.text')}</p>
      {query.error && <FailureNotice error={query.error} />}
      <ul className={styles.found}>
        {found.map((one) => (
          <li key={one.serverId}>
            <FoundServer found={one} onChoose={() => props.onChoose(one)} />
          </li>
        ))}
      </ul>
      {found.length === 0 && !query.error && (
        <div role="status">
          {query.isPending ? <Spinner label={t('found.searching')} /> : <NothingFound />}
        </div>
      )}
      <div>
        <Button icon="plus" onClick={props.onManual}>
          {t('manual')}
        </Button>
      </div>
    </section>
  );
}

function FoundServer({ found, onChoose }: { found: DiscoveredNode; onChoose: () => void }) {
  const { t } = useTranslation('nodes');
  const facts = [
    found.urls[0],
    t('found.version', { version: found.version }),
    t('found.cameras', { count: found.cameraCount }),
  ];
  return (
    <button type="button" className={styles.foundServer} disabled={found.known} onClick={onChoose}>
      <Icon name="servers" />
      {!found.known && <span className="visually-hidden">{t('found.add')}</span>}
      <span className={styles.foundWords}>
        <strong>{found.name}</strong>
        <small>{facts.filter(Boolean).join(' · ')}</small>
      </span>
      {found.known ? <Badge>{t('found.known')}</Badge> : <Icon name="plus" size={16} />}
    </button>
  );
}

function NothingFound() {
  const { t } = useTranslation('nodes');
  return (
    <Notice title={t('found.nothing')}>
      <ul className={styles.checks}>
        <li>{t('found.checkNetwork')}</li>
        <li>{t('found.checkMulticast')}</li>
        <li>{t('found.checkContainer')}</li>
        <li>{t('found.checkManual')}</li>
      </ul>
    </Notice>
  );
}

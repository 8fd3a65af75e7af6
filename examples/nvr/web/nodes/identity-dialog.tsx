// A node shows another certificate than before: both side by side, and the decision of a person.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteNode } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { Button, CheckField, Dialog, Notice } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Fingerprint } from './fingerprint-view.js';
import styles from './nodes.module.css';
import { useNodesChanged } from './queries.js';

export function IdentityDialog({ node, onClose }: { node: RemoteNode; onClose: () => void }) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const changed = useNodesChanged();
  const [isCompared, setCompared] = useState(false);
  const shown = node.fault?.fingerprint;
  const accept = useAction(
    () => server.api.put(path`/api/system/nodes/${node.id}`, { fingerprint: shown }),
    {
      done: t('identity.accepted', { name: node.label }),
      onDone: () => {
        changed();
        onClose();
      },
      onFailure: () => undefined,
    },
  );
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={t('identity.title', { name: node.label })}
      description={t('identity.text')}
      actions={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button
            kind="danger"
            disabled={!isCompared || shown === undefined}
            busy={accept.isPending}
            onClick={() => accept.mutate()}
          >
            {t('identity.accept')}
          </Button>
        </>
      }
    >
      {accept.error && <FailureNotice error={accept.error} />}
      <dl className={styles.compared}>
        <div>
          <dt>{t('identity.before')}</dt>
          <dd>
            <Fingerprint value={node.fingerprint} />
          </dd>
        </div>
        <div data-changed="true">
          <dt>{t('identity.now')}</dt>
          <dd>{shown ? <Fingerprint value={shown} /> : t('identity.unknown')}</dd>
        </div>
      </dl>
      <Notice tone="warn">
        <p>{t('identity.compare')}</p>
      </Notice>
      <CheckField
        label={t('identity.compared')}
        checked={isCompared}
        disabled={shown === undefined}
        onChange={setCompared}
      />
    </Dialog>
  );
}

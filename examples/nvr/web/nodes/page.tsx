// Other servers that this one shows together with itself: found in the network or added by address, how
// they do, and the key with which others take this one in.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DiscoveredNode, RemoteNode } from '../../protocol/index.js';
import { Answer } from '../forms/answer.js';
import forms from '../forms/forms.module.css';
import { AddDialog } from './add-dialog.js';
import { Discovered } from './discovered.js';
import { EditDialog } from './edit-dialog.js';
import { IdentityDialog } from './identity-dialog.js';
import { LoadAgainNotice, useLoadAgain } from './load-again.js';
import { type NodeAction, NodeCard } from './node-card.js';
import { orderNodes } from './node-order.js';
import styles from './nodes.module.css';
import { OwnKey } from './own-key.js';
import { useNodes } from './queries.js';
import { RemoveDialog } from './remove-dialog.js';

type Opened =
  | { what: 'add'; found?: DiscoveredNode }
  /** As it was then: one that was removed is in no list any more. */
  | { what: NodeAction; node: RemoteNode };

export default function RemoteNodes() {
  const { t, i18n } = useTranslation('nodes');
  const nodes = useNodes();
  const loadAgain = useLoadAgain();
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  const before = opened && opened.what !== 'add' ? opened.node : undefined;
  const node = nodes.data?.find(({ id }) => id === before?.id) ?? before;
  return (
    <div className={styles.page}>
      <p>{t('text')}</p>
      {loadAgain.isWanted && <LoadAgainNotice />}
      <section className={styles.section} aria-label={t('title')}>
        <Answer query={nodes}>
          {(all) =>
            all.length === 0 ? (
              <p className={forms.hint}>{t('none')}</p>
            ) : (
              <ul className={styles.cards}>
                {orderNodes(all, i18n.language).map((one) => (
                  <li key={one.id}>
                    <NodeCard node={one} onOpen={(what) => setOpened({ what, node: one })} />
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
      </section>
      <Discovered
        onChoose={(found) => setOpened({ what: 'add', found })}
        onManual={() => setOpened({ what: 'add' })}
      />
      <OwnKey />
      {opened?.what === 'add' && (
        <AddDialog
          {...(opened.found && { found: opened.found })}
          onClose={close}
          onAdded={() => {
            close();
            loadAgain.want();
          }}
        />
      )}
      {node && opened?.what === 'edit' && (
        <EditDialog
          node={node}
          onClose={close}
          onSaved={(moved) => {
            close();
            if (moved) loadAgain.want();
          }}
        />
      )}
      {node && opened?.what === 'identity' && <IdentityDialog node={node} onClose={close} />}
      {node && opened?.what === 'remove' && <RemoveDialog node={node} onClose={close} />}
    </div>
  );
}

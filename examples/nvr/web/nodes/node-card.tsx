// One node: how it does, what is wrong with it and what to do.
import { useTranslation } from 'react-i18next';
import type { RemoteNode } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { path, useServer } from '../api/index.js';
import { Badge, Button, IconButton, Menu, MenuItem, MenuSeparator } from '../design/index.js';
import { formatAge, formatTimeOfDay } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import forms from '../forms/forms.module.css';
import { ClockWarning } from './clock-warning.js';
import { DiskBar } from './disk-bar.js';
import { type Fact, FactList } from './fact-list.js';
import styles from './nodes.module.css';
import { RouteLine } from './route-line.js';
import { FaultWords, StateChip } from './state.js';

export type NodeAction = 'edit' | 'remove' | 'identity';

interface Props {
  node: RemoteNode;
  onOpen: (what: NodeAction) => void;
}

export function NodeCard({ node, onOpen }: Props) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const name = node.label;
  const favourite = useAction(
    () => server.api.put(path`/api/system/nodes/${node.id}`, { favourite: !node.favourite }),
    { changes: ['nodes'] },
  );
  const connect = useAction(() => server.api.post(path`/api/system/nodes/${node.id}/connect`), {
    changes: ['nodes'],
  });
  return (
    <article className={styles.card} aria-label={name} data-node={node.id}>
      <header className={styles.cardHead}>
        <IconButton
          icon="star"
          label={t('favouriteOf', { name })}
          pressed={node.favourite}
          onClick={() => favourite.mutate()}
        />
        <h3>{name}</h3>
        <StateChip node={node} />
        {node.group && <Badge shape={false}>{node.group}</Badge>}
        <span className={styles.spring} />
        <Menu align="end" trigger={<IconButton icon="more" label={t('actionsOf', { name })} />}>
          <MenuItem icon="refresh" onSelect={() => connect.mutate()} disabled={!node.enabled}>
            {t('reconnect')}
          </MenuItem>
          <MenuItem icon="edit" onSelect={() => onOpen('edit')}>
            {t('common:edit')}
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon="trash" danger onSelect={() => onOpen('remove')}>
            {t('common:remove')}
          </MenuItem>
        </Menu>
      </header>
      <Facts node={node} />
      {node.enabled && node.fault && (
        <Fault
          node={node}
          fault={node.fault}
          busy={connect.isPending}
          onConnect={() => connect.mutate()}
          onCompare={() => onOpen('identity')}
        />
      )}
      <ClockWarning offsetMs={node.clockOffsetMs} />
    </article>
  );
}

function Facts({ node }: { node: RemoteNode }) {
  const { t } = useTranslation('nodes');
  const style = useMomentStyle();
  const { report } = node;
  const facts: Fact[] = [['address', <Addresses key="address" node={node} />]];
  if (report) {
    const { camerasLive: live, cameraCount: count, camerasRecording: recording } = report;
    facts.push(
      ['version', report.version],
      ['cameras', t('facts.liveOf', { live, count, recording })],
      ['disk', <DiskBar key="disk" name={node.label} storage={report.storage} />],
    );
    const troubles = report.troubles.length;
    if (troubles > 0) facts.push(['troubles', t('facts.troubleCount', { count: troubles })]);
  }
  facts.push(['route', <RouteLine key="route" nodeId={node.id} />]);
  if (node.asOf !== undefined) facts.push(['asOf', formatTimeOfDay(node.asOf, style)]);
  return <FactList facts={facts} />;
}

function Addresses({ node }: { node: RemoteNode }) {
  return (
    <>
      {node.url}
      {node.directUrl && node.directUrl !== node.url && <> · {node.directUrl}</>}
    </>
  );
}

function Fault(props: {
  node: RemoteNode;
  fault: NonNullable<RemoteNode['fault']>;
  busy: boolean;
  onConnect: () => void;
  onCompare: () => void;
}) {
  const { t, i18n } = useTranslation('nodes');
  const { node, fault } = props;
  const name = node.label;
  const isOther = fault.code === 'ERR_NODE_IDENTITY';
  const { retryAt } = node;
  const isSoon = retryAt !== undefined && retryAt > Date.now();
  return (
    <div className={styles.fault} data-code={fault.code}>
      <FaultWords {...fault} />
      <div className={forms.row}>
        {isOther && (
          <Button kind="primary" onClick={props.onCompare}>
            {t('identity.action')}
          </Button>
        )}
        <Button
          icon="refresh"
          busy={props.busy}
          aria-label={t('reconnectOf', { name })}
          onClick={props.onConnect}
        >
          {t('reconnect')}
        </Button>
        {isSoon && (
          <span className={forms.hint}>
            {t('retryIn', { when: formatAge(retryAt, Date.now(), i18n.language) })}
          </span>
        )}
      </div>
    </div>
  );
}

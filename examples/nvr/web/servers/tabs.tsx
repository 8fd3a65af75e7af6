// A tab for each server: the one the page came from, its nodes, and those that the user added.
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { RemoteNode } from '../../protocol/index.js';
import { type ServerConnection, useServers } from '../api/index.js';
import { IconButton } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';
import { orderNodes } from '../nodes/node-order.js';
import { useNodesOf } from '../nodes/queries.js';
import { useKnownServers } from './pool-context.js';
import type { KnownServer } from './server-list.js';
import { DISCONNECTED } from './server-state.js';
import styles from './servers.module.css';
import { type ShownState, StateMark, useConnectedState, useStateWords } from './state-words.js';

const NODES_MS = 15_000;

export function ServerTabs() {
  const { t, i18n } = useTranslation('servers');
  const { home, all, active, activate, node, showNode } = useServers();
  const { data = [] } = useNodesOf(home, NODES_MS);
  const nodes = data.filter(({ enabled }) => enabled);
  const { servers } = useKnownServers();
  const [, navigate] = useLocation();
  return (
    <nav className={styles.tabs} aria-label={t('tabs')}>
      <ConnectedTab
        connection={home}
        active={active === home && node === undefined}
        onSelect={() => activate(home.id)}
      />
      {orderNodes(nodes, i18n.language).map((one) => (
        <NodeTab
          key={`node ${one.id}`}
          node={one}
          active={node === one.id}
          onSelect={() => showNode(one.id)}
        />
      ))}
      {servers.map((server) => {
        const connection = all.find(({ id }) => id === server.id);
        return connection ? (
          <ConnectedTab
            key={server.id}
            connection={connection}
            name={server.name}
            favourite={server.favourite}
            active={active === connection}
            onSelect={() => activate(server.id)}
          />
        ) : (
          <WaitingTab
            key={server.id}
            server={server}
            onSelect={() => navigate(`/servers/${encodeURIComponent(server.id)}`)}
          />
        );
      })}
      <IconButton icon="plus" label={t('add')} onClick={() => navigate('/servers')} />
    </nav>
  );
}

function ConnectedTab(props: {
  connection: ServerConnection;
  name?: string;
  favourite?: boolean;
  active: boolean;
  onSelect: () => void;
}) {
  const { connection, name = connection.label } = props;
  const state = useConnectedState(connection);
  return <TabButton {...props} name={name} state={state} />;
}

/** Its cameras alone, through the server that the page came from: no login is needed. */
function NodeTab(props: { node: RemoteNode; active: boolean; onSelect: () => void }) {
  const { t } = useTranslation('nodes');
  const { label: name, favourite, state, fault } = props.node;
  const words = fault ? wordsOf(fault.code, fault.message).title : t(`state.${state}`);
  const { active, onSelect } = props;
  return <TabButton {...{ name, favourite, active, onSelect }} state={state} title={words} />;
}

function WaitingTab({ server, onSelect }: { server: KnownServer; onSelect: () => void }) {
  const { statuses } = useKnownServers();
  const words = useStateWords();
  const status = statuses.get(server.id) ?? DISCONNECTED;
  const { name, favourite } = server;
  return (
    <TabButton {...{ name, favourite, onSelect }} state={status.state} title={words(status)} />
  );
}

function TabButton(props: {
  name: string;
  state: ShownState;
  favourite?: boolean;
  active?: boolean;
  title?: string;
  onSelect: () => void;
}) {
  const { name, state, favourite, active = false, title } = props;
  return (
    <button
      type="button"
      className={styles.tab}
      aria-current={active ? 'true' : undefined}
      title={title}
      onClick={props.onSelect}
    >
      <StateMark state={state} />
      {favourite && <span aria-hidden="true">★</span>}
      <span className={styles.name}>{name}</span>
    </button>
  );
}

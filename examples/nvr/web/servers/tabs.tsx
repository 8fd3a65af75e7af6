// A tab for each server: the one the page came from, and those that the user added.
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { type ServerConnection, useServers } from '../api/index.js';
import { IconButton } from '../design/index.js';
import { useKnownServers } from './pool-context.js';
import type { KnownServer } from './server-list.js';
import { DISCONNECTED } from './server-state.js';
import styles from './servers.module.css';
import { type ShownState, StateMark, useConnectedState, useStateWords } from './state-words.js';

export function ServerTabs() {
  const { t } = useTranslation('servers');
  const { home, all, active, activate } = useServers();
  const { servers } = useKnownServers();
  const [, navigate] = useLocation();
  return (
    <nav className={styles.tabs} aria-label={t('tabs')}>
      <ConnectedTab connection={home} active={active === home} onSelect={() => activate(home.id)} />
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

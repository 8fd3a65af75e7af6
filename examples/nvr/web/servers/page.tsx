// Servers with tabs: added by address, logged in to one by one, favourites and groups.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useRoute } from 'wouter';
import { useServers } from '../api/index.js';
import {
  Badge,
  Button,
  type Column,
  ConfirmDialog,
  IconButton,
  Page,
  Panel,
  Table,
} from '../design/index.js';
import { toastFailure } from '../forms/action.js';
import forms from '../forms/forms.module.css';
import { AddServer } from './add-server.js';
import { FaultAdvice } from './fault-advice.js';
import { GroupDialog } from './group-dialog.js';
import { LoginDialog } from './login-dialog.js';
import { useKnownServers } from './pool-context.js';
import { type KnownServer, MAX_SERVERS } from './server-list.js';
import { DISCONNECTED } from './server-state.js';
import styles from './servers.module.css';
import { StateMark, useStateWords } from './state-words.js';

export default function ServersPage() {
  const { t } = useTranslation('servers');
  const { servers, save } = useKnownServers();
  const [, parameters] = useRoute('/servers/:id');
  const [, navigate] = useLocation();
  const [edited, setEdited] = useState<KnownServer>();
  const [removed, setRemoved] = useState<KnownServer>();
  const wanted = servers.find(({ id }) => id === parameters?.id);
  const replace = (changed: KnownServer) =>
    void save(servers.map((one) => (one.id === changed.id ? changed : one))).catch(toastFailure);

  const columns: Column<KnownServer>[] = [
    {
      key: 'favourite',
      header: <span className="visually-hidden">{t('favourite')}</span>,
      cell: (server) => (
        <IconButton
          icon="star"
          label={t('favouriteOf', { name: server.name })}
          pressed={server.favourite}
          onClick={() => replace({ ...server, favourite: !server.favourite })}
        />
      ),
    },
    {
      key: 'name',
      header: t('name'),
      cell: ({ name, address }) => (
        <div className={styles.server}>
          <strong>{name}</strong>
          <small>{address}</small>
        </div>
      ),
    },
    { key: 'group', header: t('group'), cell: ({ group }) => group && <Badge>{group}</Badge> },
    { key: 'state', header: t('stateColumn'), cell: (server) => <State server={server} /> },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('actions')}</span>,
      end: true,
      cell: (server) => (
        <div className={styles.actions}>
          <Connect server={server} onLogin={() => navigate(`/servers/${server.id}`)} />
          <IconButton
            icon="edit"
            label={t('editOf', { name: server.name })}
            onClick={() => setEdited(server)}
          />
          <IconButton
            icon="trash"
            label={t('removeOf', { name: server.name })}
            onClick={() => setRemoved(server)}
          />
        </div>
      ),
    },
  ];
  return (
    <Page title={t('title')}>
      <p>{t('intro', { count: MAX_SERVERS })}</p>
      <Table
        caption={t('title')}
        columns={columns}
        rows={servers}
        rowKey={({ id }) => id}
        empty={t('none')}
      />
      <Panel title={t('add')}>
        <AddServer />
      </Panel>
      {wanted && <LoginDialog server={wanted} onClose={() => navigate('/servers')} />}
      {edited && (
        <GroupDialog server={edited} onSave={replace} onClose={() => setEdited(undefined)} />
      )}
      {removed && (
        <ConfirmDialog
          open
          danger
          onOpenChange={(open) => !open && setRemoved(undefined)}
          title={t('removeTitle', { name: removed.name })}
          action={t('common:remove')}
          onConfirm={() => {
            void save(servers.filter(({ id }) => id !== removed.id)).catch(toastFailure);
            setRemoved(undefined);
          }}
        >
          {t('removeText')}
        </ConfirmDialog>
      )}
    </Page>
  );
}

function State({ server }: { server: KnownServer }) {
  const { t } = useTranslation('servers');
  const { statuses } = useKnownServers();
  const words = useStateWords();
  const status = statuses.get(server.id) ?? DISCONNECTED;
  return (
    <div className={styles.state}>
      <span>
        <StateMark state={status.state} /> {words(status)}
      </span>
      {status.state === 'ERROR' && status.fault && (
        <details className={forms.hint}>
          <summary>{t('why')}</summary>
          <FaultAdvice fault={status.fault} address={server.address} />
        </details>
      )}
    </div>
  );
}

function Connect({ server, onLogin }: { server: KnownServer; onLogin: () => void }) {
  const { t } = useTranslation('servers');
  const { statuses, pool } = useKnownServers();
  const { activate } = useServers();
  const [, navigate] = useLocation();
  switch ((statuses.get(server.id) ?? DISCONNECTED).state) {
    case 'CONNECTED':
      return (
        <>
          <Button
            onClick={() => {
              activate(server.id);
              navigate('/live');
            }}
          >
            {t('show')}
          </Button>
          <Button kind="quiet" onClick={() => pool.disconnect(server.id)}>
            {t('disconnect')}
          </Button>
        </>
      );
    case 'AUTHENTICATING':
      return (
        <Button kind="primary" icon="key" onClick={onLogin}>
          {t('login')}
        </Button>
      );
    case 'CONNECTING':
      return (
        <Button busy onClick={() => undefined}>
          {t('connect')}
        </Button>
      );
    default:
      return (
        <Button icon="refresh" onClick={() => void pool.connect(server.id)}>
          {t('connect')}
        </Button>
      );
  }
}

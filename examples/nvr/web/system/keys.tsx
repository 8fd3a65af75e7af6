// The keys that recordings are sealed with: what opens them, which there are, locking and rotating.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeysView } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { ApiProblem, useServer } from '../api/index.js';
import {
  Badge,
  Button,
  type Column,
  ConfirmDialog,
  Notice,
  Panel,
  Table,
} from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import { Answer } from '../forms/answer.js';
import forms from '../forms/forms.module.css';
import { UnlockForm } from './unlock-form.js';

export default function Keys() {
  const { t } = useTranslation('system');
  const server = useServer();
  const queries = useQueryClient();
  const keys = useQuery({
    queryKey: [server.id, 'keys'],
    queryFn: ({ signal }) => server.api.get<KeysView>('/api/system/keys', { signal }),
  });
  const refused = keys.error instanceof ApiProblem && keys.error.code === 'ERR_LOCKED';
  if (refused || keys.data?.locked) {
    return (
      <Panel title={t('keys.locked')}>
        <UnlockForm api={server.api} onUnlocked={() => void queries.invalidateQueries()} />
      </Panel>
    );
  }
  return (
    <Answer query={keys}>
      {(view) => (
        <div className={forms.form}>
          {!view.roots.some(({ type }) => type === 'recovery') && (
            <Notice tone="warn" title={t('keys.noRecovery')}>
              <p>{t('keys.noRecoveryText')}</p>
              <code>fluxvision keys recovery create --storage ...</code>
            </Notice>
          )}
          <Actions />
          <Roots view={view} />
          <KeyList view={view} />
        </div>
      )}
    </Answer>
  );
}

function Actions() {
  const { t } = useTranslation('system');
  const server = useServer();
  const [asking, setAsking] = useState<'rotate' | 'lock'>();
  const close = () => setAsking(undefined);
  const act = useAction(
    (what: 'rotate' | 'lock') => server.api.post<unknown>(`/api/system/keys/${what}`),
    { changes: ['keys', 'troubles'], onDone: close },
  );
  return (
    <Panel title={t('keys.actions')}>
      <div className={forms.row}>
        <Button icon="refresh" onClick={() => setAsking('rotate')}>
          {t('keys.rotate')}
        </Button>
        <Button icon="lock" onClick={() => setAsking('lock')}>
          {t('keys.lock')}
        </Button>
      </div>
      {asking && (
        <ConfirmDialog
          open
          danger={asking === 'lock'}
          onOpenChange={(open) => !open && close()}
          title={t(`keys.${asking}Title`)}
          action={t(`keys.${asking}`)}
          busy={act.isPending}
          onConfirm={() => act.mutate(asking)}
        >
          {t(`keys.${asking}Text`)}
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function Roots({ view }: { view: KeysView }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  type Root = KeysView['roots'][number];
  const columns: Column<Root>[] = [
    { key: 'label', header: t('keys.label'), cell: ({ label, id }) => label || id },
    {
      key: 'type',
      header: t('keys.type'),
      cell: ({ type }) => t(`keys.rootType.${type}`, { defaultValue: type }),
    },
    {
      key: 'created',
      header: t('keys.created'),
      end: true,
      cell: ({ createdAt }) => formatMoment(createdAt, style),
    },
  ];
  return (
    <Panel title={t('keys.roots')}>
      <p>{t('keys.rootsText')}</p>
      <Table
        caption={t('keys.roots')}
        columns={columns}
        rows={view.roots}
        rowKey={({ id }) => id}
        empty={t('keys.none')}
      />
    </Panel>
  );
}

/** Newest first; hundreds where many cameras have a key for each day. */
const SHOWN = 100;

function KeyList({ view }: { view: KeysView }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  const [all, setAll] = useState(false);
  type Key = KeysView['keys'][number];
  const columns: Column<Key>[] = [
    {
      key: 'purpose',
      header: t('keys.purpose'),
      cell: ({ purpose }) => t(`keys.purposeOf.${purpose}`, { defaultValue: purpose }),
    },
    { key: 'subject', header: t('keys.subject'), cell: ({ subject }) => subject || '–' },
    { key: 'period', header: t('keys.period'), cell: ({ period }) => period || '–' },
    {
      key: 'state',
      header: t('keys.state'),
      cell: ({ state }) => (
        <Badge tone={state === 'active' ? 'good' : state === 'destroyed' ? 'bad' : 'neutral'}>
          {t(`keys.stateOf.${state}`, { defaultValue: state })}
        </Badge>
      ),
    },
    { key: 'id', header: t('keys.id'), cell: ({ id }) => <code>{id.slice(0, 16)}</code> },
    {
      key: 'created',
      header: t('keys.created'),
      end: true,
      cell: ({ createdAt }) => formatMoment(createdAt, style),
    },
  ];
  const ordered = view.keys.toSorted((a, b) => b.createdAt - a.createdAt);
  return (
    <Panel title={t('keys.keys')}>
      <Table
        caption={t('keys.keys')}
        columns={columns}
        rows={all ? ordered : ordered.slice(0, SHOWN)}
        rowKey={({ id }) => id}
        empty={t('keys.none')}
      />
      {!all && ordered.length > SHOWN && (
        <Button onClick={() => setAll(true)}>{t('keys.all', { count: ordered.length })}</Button>
      )}
    </Panel>
  );
}

// Other servers that this one knows, with the API keys that open them.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewRemoteNode, RemoteNode } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { itemsOf, path, useServer } from '../api/index.js';
import {
  Badge,
  Button,
  CheckField,
  type Column,
  Dialog,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  PasswordField,
  TextField,
} from '../design/index.js';
import { formatDay } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { AnswerTable } from '../forms/answer-table.js';
import { DeleteDialog } from '../forms/delete-dialog.js';
import forms from '../forms/forms.module.css';
import { serverOrigin } from '../servers/server-list.js';

type Opened = { what: 'new' } | { what: 'edit' | 'remove'; node: RemoteNode };

export default function Nodes() {
  const { t } = useTranslation('system');
  const server = useServer();
  const style = useMomentStyle();
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  const nodes = useQuery({
    queryKey: [server.id, 'nodes'],
    queryFn: async ({ signal }) =>
      itemsOf(await server.api.get<{ items: RemoteNode[] }>('/api/system/nodes', { signal })),
  });
  const columns: Column<RemoteNode>[] = [
    { key: 'label', header: t('nodes.label'), cell: ({ label }) => label },
    { key: 'url', header: t('nodes.url'), cell: ({ url }) => url },
    {
      key: 'state',
      header: t('nodes.state'),
      cell: ({ enabled }) =>
        enabled ? (
          <Badge tone="good">{t('nodes.enabled')}</Badge>
        ) : (
          <Badge>{t('nodes.disabled')}</Badge>
        ),
    },
    {
      key: 'pinned',
      header: t('nodes.pinned'),
      cell: ({ fingerprint }) => (fingerprint ? t('nodes.isPinned') : t('nodes.notPinned')),
    },
    {
      key: 'created',
      header: t('keys.created'),
      cell: ({ createdAt }) => formatDay(createdAt, style),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('actions')}</span>,
      end: true,
      cell: (node) => (
        <Menu
          align="end"
          trigger={<IconButton icon="more" label={t('nodes.actionsOf', { name: node.label })} />}
        >
          <MenuItem icon="edit" onSelect={() => setOpened({ what: 'edit', node })}>
            {t('common:edit')}
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon="trash" danger onSelect={() => setOpened({ what: 'remove', node })}>
            {t('common:remove')}
          </MenuItem>
        </Menu>
      ),
    },
  ];
  return (
    <div className={forms.form}>
      <div className={forms.between}>
        <p>{t('nodes.text')}</p>
        <Button kind="primary" icon="plus" onClick={() => setOpened({ what: 'new' })}>
          {t('nodes.add')}
        </Button>
      </div>
      <AnswerTable
        query={nodes}
        caption={t('view.nodes')}
        columns={columns}
        rowKey={({ id }) => id}
        empty={t('nodes.none')}
      />
      {opened?.what === 'new' && <NodeDialog onClose={close} />}
      {opened?.what === 'edit' && <NodeDialog node={opened.node} onClose={close} />}
      {opened?.what === 'remove' && <RemoveDialog node={opened.node} onClose={close} />}
    </div>
  );
}

function NodeDialog({ node, onClose }: { node?: RemoteNode; onClose: () => void }) {
  const { t } = useTranslation('system');
  const server = useServer();
  const [label, setLabel] = useState(node?.label ?? '');
  const [url, setUrl] = useState(node?.url ?? '');
  const [apiKey, setApiKey] = useState('');
  const [fingerprint, setFingerprint] = useState(node?.fingerprint ?? '');
  const [enabled, setEnabled] = useState(node?.enabled ?? true);
  const [sent, setSent] = useState(false);
  const origin = serverOrigin(url);
  const errors = {
    ...(label.trim() === '' && { label: t('nodes.error.label') }),
    ...(origin === undefined && { url: t('nodes.error.url') }),
    ...((!node || apiKey !== '') && apiKey.length < 20 && { apiKey: t('nodes.error.apiKey') }),
    ...(fingerprint !== '' &&
      !/^[0-9A-Fa-f:]{64,95}$/.test(fingerprint) && { fingerprint: t('nodes.error.fingerprint') }),
  };
  const errorOf = (name: keyof typeof errors) =>
    sent && errors[name] ? { error: errors[name] } : {};
  const save = useAction(
    () => {
      const members = {
        label: label.trim(),
        url: origin ?? url,
        ...(apiKey !== '' && { apiKey }),
        ...(fingerprint !== '' && { fingerprint }),
      };
      return node
        ? server.api.put(path`/api/system/nodes/${node.id}`, { ...members, enabled })
        : server.api.post('/api/system/nodes', members as NewRemoteNode);
    },
    { changes: ['nodes'], onDone: onClose, onFailure: () => undefined },
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={node ? node.label : t('nodes.add')}
      actions={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button
            kind="primary"
            busy={save.isPending}
            onClick={() => {
              setSent(true);
              if (Object.keys(errors).length === 0) save.mutate();
            }}
          >
            {t('common:save')}
          </Button>
        </>
      }
    >
      {save.error && <FailureNotice error={save.error} />}
      <TextField
        label={t('nodes.label')}
        maxLength={100}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
        {...errorOf('label')}
      />
      <TextField
        label={t('nodes.url')}
        hint={t('nodes.urlHint')}
        inputMode="url"
        value={url}
        onChange={(event) => setUrl(event.target.value)}
        {...errorOf('url')}
      />
      <PasswordField
        label={t('nodes.apiKey')}
        hint={node ? t('nodes.keepKey') : t('nodes.apiKeyHint')}
        autoComplete="off"
        value={apiKey}
        onChange={(event) => setApiKey(event.target.value)}
        {...errorOf('apiKey')}
      />
      <TextField
        label={t('nodes.fingerprint')}
        hint={t('nodes.fingerprintHint')}
        verbatim
        value={fingerprint}
        onChange={(event) => setFingerprint(event.target.value.trim())}
        {...errorOf('fingerprint')}
      />
      {node && <CheckField label={t('nodes.enabled')} checked={enabled} onChange={setEnabled} />}
    </Dialog>
  );
}

function RemoveDialog({ node, onClose }: { node: RemoteNode; onClose: () => void }) {
  const { t } = useTranslation('system');
  return (
    <DeleteDialog
      at={path`/api/system/nodes/${node.id}`}
      changes={['nodes']}
      title={t('nodes.removeTitle', { name: node.label })}
      onClose={onClose}
    >
      {t('nodes.removeText')}
    </DeleteDialog>
  );
}

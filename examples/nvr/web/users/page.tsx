// Who may do what: all users of the server that is shown.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { useAllCameras, useServer } from '../api/index.js';
import { Badge, Button, type Column, Page } from '../design/index.js';
import { formatAge, formatMoment } from '../format/moments.js';
import { AnswerTable } from '../forms/answer-table.js';
import forms from '../forms/forms.module.css';
import { PasswordDialog } from './password-dialog.js';
import { useUsers } from './queries.js';
import { RemoveUserDialog } from './remove-dialog.js';
import { UserDialog } from './user-dialog.js';
import { isLastAdministrator } from './user-form.js';
import { UserMenu } from './user-menu.js';

type Opened = { what: 'new' } | { what: 'edit' | 'password' | 'remove'; user: User };

/** What was typed for one server is never sent to another. */
export default function UsersPage() {
  const server = useServer();
  return <Users key={server.id} />;
}

function Users() {
  const { t } = useTranslation('users');
  const users = useUsers();
  const { data: all = [] } = users;
  const { data: cameras = [] } = useAllCameras();
  const style = useMomentStyle();
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);

  const columns: Column<User>[] = [
    {
      key: 'name',
      header: t('username'),
      cell: (user) => (
        <button
          type="button"
          className={forms.link}
          onClick={() => setOpened({ what: 'edit', user })}
        >
          {user.username}
        </button>
      ),
    },
    { key: 'role', header: t('role'), cell: (user) => t(`common:roles.${user.permissions.role}`) },
    {
      key: 'state',
      header: t('state'),
      cell: (user) => <UserState user={user} last={isLastAdministrator(user, all)} />,
    },
    {
      key: 'cameras',
      header: t('cameras'),
      cell: ({ permissions: { allowedCameras } }) =>
        allowedCameras === 'all'
          ? t('allCameras')
          : t('cameraCount', { count: allowedCameras.length }),
    },
    {
      key: 'login',
      header: t('lastLogin'),
      cell: ({ lastLoginAt }) =>
        lastLoginAt === undefined ? (
          t('never')
        ) : (
          <span title={formatMoment(lastLoginAt, style)}>
            {formatAge(lastLoginAt, Date.now(), style.language)}
          </span>
        ),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('actions')}</span>,
      end: true,
      cell: (user) => (
        <UserMenu
          user={user}
          last={isLastAdministrator(user, all)}
          onOpen={(what) => setOpened({ what, user })}
        />
      ),
    },
  ];

  return (
    <Page
      title={t('title')}
      actions={
        <Button kind="primary" icon="plus" onClick={() => setOpened({ what: 'new' })}>
          {t('add')}
        </Button>
      }
    >
      <p>{t('intro')}</p>
      <AnswerTable
        query={users}
        caption={t('title')}
        columns={columns}
        rowKey={(user) => user.id}
        empty={t('none')}
      />
      {(opened?.what === 'new' || opened?.what === 'edit') && (
        <UserDialog
          {...(opened.what === 'edit' && { user: opened.user })}
          last={opened.what === 'edit' && isLastAdministrator(opened.user, all)}
          cameras={cameras}
          onClose={close}
        />
      )}
      {opened?.what === 'password' && <PasswordDialog user={opened.user} onClose={close} />}
      {opened?.what === 'remove' && <RemoveUserDialog user={opened.user} onClose={close} />}
    </Page>
  );
}

function UserState({ user, last }: { user: User; last: boolean }) {
  const { t } = useTranslation('users');
  if (user.disabled) return <Badge tone="warn">{t('disabled')}</Badge>;
  if (user.mustChangePassword) return <Badge tone="info">{t('mustChange')}</Badge>;
  return <Badge tone="good">{last ? t('lastAdministrator') : t('active')}</Badge>;
}

// What can be done with one user; the last administrator cannot be shut out.
import { useTranslation } from 'react-i18next';
import type { User, UserChange } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { IconButton, Menu, MenuItem, MenuLabel, MenuSeparator } from '../design/index.js';
import { useAction } from '../forms/action.js';

export function UserMenu(props: {
  user: User;
  last: boolean;
  onOpen: (what: 'edit' | 'password' | 'remove') => void;
}) {
  const { t } = useTranslation('users');
  const { user, last, onOpen } = props;
  const server = useServer();
  const change = useAction(
    (members: UserChange) => server.api.put(path`/api/users/${user.id}`, members),
    { changes: ['users', 'sessions'] },
  );
  return (
    <Menu
      align="end"
      trigger={<IconButton icon="more" label={t('actionsOf', { name: user.username })} />}
    >
      <MenuItem icon="edit" onSelect={() => onOpen('edit')}>
        {t('common:edit')}
      </MenuItem>
      <MenuItem icon="key" onSelect={() => onOpen('password')}>
        {t('resetPassword')}
      </MenuItem>
      <MenuItem
        icon={user.disabled ? 'check' : 'lock'}
        disabled={last}
        onSelect={() => change.mutate({ disabled: !user.disabled })}
      >
        {user.disabled ? t('enable') : t('disable')}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon="trash" danger disabled={last} onSelect={() => onOpen('remove')}>
        {t('common:remove')}
      </MenuItem>
      {last && <MenuLabel>{t('lastRule')}</MenuLabel>}
    </Menu>
  );
}

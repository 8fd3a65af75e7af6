// Asks before a user is removed.
import { useTranslation } from 'react-i18next';
import type { User } from '../../protocol/index.js';
import { path } from '../api/index.js';
import { DeleteDialog } from '../forms/delete-dialog.js';

export function RemoveUserDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation('users');
  return (
    <DeleteDialog
      at={path`/api/users/${user.id}`}
      changes={['users', 'sessions']}
      title={t('removeTitle', { name: user.username })}
      done={t('removed', { name: user.username })}
      onClose={onClose}
    >
      {t('removeText')}
    </DeleteDialog>
  );
}

// Asks before a user is removed.
import { useTranslation } from 'react-i18next';
import type { User } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { ConfirmDialog } from '../design/index.js';
import { useAction } from '../forms/action.js';

export function RemoveUserDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation('users');
  const server = useServer();
  const remove = useAction(() => server.api.delete(path`/api/users/${user.id}`), {
    done: t('removed', { name: user.username }),
    changes: ['users', 'sessions'],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => !open && onClose()}
      title={t('removeTitle', { name: user.username })}
      action={t('common:remove')}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {t('removeText')}
    </ConfirmDialog>
  );
}

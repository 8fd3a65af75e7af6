// Asks before something is deleted on the server, and deletes it.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useServer } from '../api/index.js';
import { ConfirmDialog } from '../design/index.js';
import { useAction } from './action.js';

interface Props {
  /** What is deleted: a path of the API. */
  at: string;
  /** What lists of it are asked for again. */
  changes: readonly string[];
  title: string;
  /** On the button; default: remove. */
  action?: string;
  /** Said when it is done. */
  done?: string;
  onClose: () => void;
  children: ReactNode;
}

export function DeleteDialog({ at, changes, title, action, done, onClose, children }: Props) {
  const { t } = useTranslation('common');
  const server = useServer();
  const remove = useAction(() => server.api.delete(at), {
    changes,
    onDone: onClose,
    ...(done !== undefined && { done }),
  });
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => !open && onClose()}
      title={title}
      action={action ?? t('remove')}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {children}
    </ConfirmDialog>
  );
}

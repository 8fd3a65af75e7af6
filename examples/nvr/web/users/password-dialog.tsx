// Sets another user's password: its sessions end, and it is changed again at the next login.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { Button, Dialog, PasswordField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import { checkNewPassword, MIN_PASSWORD } from './user-form.js';

export function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation('users');
  const server = useServer();
  const [password, setPassword] = useState('');
  const [sent, setSent] = useState(false);
  const reset = useAction(() => server.api.put(path`/api/users/${user.id}`, { password }), {
    done: t('passwordReset', { name: user.username }),
    changes: ['users', 'sessions'],
    onDone: onClose,
    onFailure: () => undefined,
  });
  const error = checkNewPassword(password);
  const submit = () => {
    setSent(true);
    if (!error) reset.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('resetPasswordOf', { name: user.username })}
      description={t('resetText')}
      actions={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button kind="primary" busy={reset.isPending} onClick={submit}>
            {t('resetPassword')}
          </Button>
        </>
      }
    >
      {reset.error && <FailureNotice error={reset.error} />}
      <Form onSubmit={submit}>
        <PasswordField
          label={t('newPassword')}
          hint={t('passwordHint', { count: MIN_PASSWORD })}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          {...(sent && error && { error: t(error, { count: MIN_PASSWORD }) })}
        />
      </Form>
    </Dialog>
  );
}

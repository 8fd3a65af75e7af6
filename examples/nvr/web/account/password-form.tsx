// Changes the own password; the user's other sessions end.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoginResponse } from '../../protocol/index.js';
import { useServers } from '../api/index.js';
import { useSession } from '../app/session.js';
import { Button, PasswordField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { checkPasswordChange, MIN_PASSWORD } from '../users/user-form.js';

const EMPTY = { current: '', next: '', again: '' };
type FieldName = keyof typeof EMPTY;

export function PasswordForm() {
  const { t } = useTranslation(['account', 'users']);
  const { home } = useServers();
  const session = useSession();
  const [form, setForm] = useState(EMPTY);
  const [sent, setSent] = useState(false);
  const errors = checkPasswordChange(form.current, form.next, form.again);
  const save = useAction(
    () =>
      home.api.put<LoginResponse>('/api/account/password', {
        current: form.current,
        next: form.next,
      }),
    {
      done: t('account:passwordChanged'),
      onDone: (account) => {
        setForm(EMPTY);
        setSent(false);
        session.passwordChanged(account);
      },
      onFailure: () => undefined,
    },
  );
  const field = (name: FieldName, autoComplete: string) => (
    <PasswordField
      label={t(`account:passwordField.${name}`)}
      autoComplete={autoComplete}
      value={form[name]}
      onChange={(event) => setForm({ ...form, [name]: event.target.value })}
      {...(name === 'next' && { hint: t('users:passwordHint', { count: MIN_PASSWORD }) })}
      {...(sent && errors[name] && { error: t(`users:${errors[name]}`, { count: MIN_PASSWORD }) })}
    />
  );
  return (
    <Form
      onSubmit={() => {
        setSent(true);
        if (Object.keys(errors).length === 0) save.mutate();
      }}
    >
      <p>{t('account:passwordText')}</p>
      {save.error && <FailureNotice error={save.error} />}
      <div className={forms.columns}>
        {field('current', 'current-password')}
        {field('next', 'new-password')}
        {field('again', 'new-password')}
      </div>
      <div>
        <Button kind="primary" type="submit" busy={save.isPending}>
          {t('account:changePassword')}
        </Button>
      </div>
    </Form>
  );
}

// The password has to be changed before anything else.
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../protocol/accounts.js';
import { useAccount, useSession } from '../app/session.js';
import { Button, Notice, PasswordField } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import { LoginFrame } from './frame.js';
import styles from './login.module.css';
import { acceptable, NewPasswordFields } from './new-password.js';

export default function PasswordPage() {
  const { t } = useTranslation('login');
  const session = useSession();
  const account = useAccount();
  const [current, setCurrent] = useState('');
  const [value, setValue] = useState({ password: '', again: '' });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  useEffect(() => {
    document.title = `${t('change.title')} · FluxVision`;
  }, [t]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { api } = session.home;
      await api.put('/api/account/password', { current, next: value.password });
      session.passwordChanged(await api.get<Account>('/api/account'));
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  const words = failure === undefined ? undefined : wordsOfError(failure);
  return (
    <LoginFrame title={t('change.title')}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <p>{t('change.text', { name: account.username })}</p>
        {words && (
          <Notice tone="bad" title={words.title}>
            {words.advice}
          </Notice>
        )}
        <PasswordField
          label={t('change.current')}
          name="password"
          autoComplete="current-password"
          autoFocus
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <NewPasswordFields value={value} onChange={setValue} known={[account.username]} />
        <Button kind="primary" type="submit" busy={busy} disabled={!acceptable(value)}>
          {t('change.save')}
        </Button>
        <Button kind="quiet" onClick={() => void session.logout()}>
          {t('change.logout')}
        </Button>
      </form>
    </LoginFrame>
  );
}

// The first start: the token of the server's output makes the first administrator.
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../app/session.js';
import { Button, Notice, TextField } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import { LoginFrame } from './frame.js';
import styles from './login.module.css';
import { acceptable, NewPasswordFields } from './new-password.js';

export default function SetupPage() {
  const { t } = useTranslation('login');
  const session = useSession();
  // The address that the server prints may carry the token behind `#`: it stays in the browser.
  const [token, setToken] = useState(() => tokenOf(location.hash));
  const [username, setUsername] = useState('admin');
  const [value, setValue] = useState({ password: '', again: '' });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  useEffect(() => {
    document.title = `${t('setup.title')} · FluxVision`;
    if (location.hash) history.replaceState(null, '', location.pathname);
  }, [t]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await session.setup({ token: token.trim(), username, password: value.password });
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  const words = failure === undefined ? undefined : wordsOfError(failure);
  return (
    <LoginFrame title={t('setup.title')}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <p>{t('setup.text')}</p>
        {words && (
          <Notice tone="bad" title={words.title}>
            {words.advice}
          </Notice>
        )}
        <TextField
          label={t('setup.token')}
          hint={t('setup.tokenHint')}
          name="token"
          autoComplete="off"
          verbatim
          required
          autoFocus={token === ''}
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <TextField
          label={t('username')}
          name="username"
          autoComplete="username"
          verbatim
          required
          maxLength={64}
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <NewPasswordFields value={value} onChange={setValue} known={[username]} />
        <Button kind="primary" type="submit" busy={busy} disabled={!acceptable(value)}>
          {t('setup.create')}
        </Button>
      </form>
    </LoginFrame>
  );
}

function tokenOf(hash: string): string {
  return new URLSearchParams(hash.slice(1)).get('token') ?? '';
}

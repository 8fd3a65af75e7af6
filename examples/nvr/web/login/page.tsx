// The login; says why the last session ended.
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession, useSessionState } from '../app/session.js';
import { Button, Notice, PasswordField, TextField } from '../design/index.js';
import { useCountdown } from '../forms/countdown.js';
import { wordsOfError } from '../i18n/words.js';
import { LoginFrame } from './frame.js';
import styles from './login.module.css';

/** Reasons that have words of their own in the catalog. */
const ENDS = new Set([
  'expired',
  'kicked',
  'password_changed',
  'permissions_changed',
  'user_disabled',
  'replaced',
  'unreachable',
]);

export default function LoginPage() {
  const { t } = useTranslation('login');
  const session = useSession();
  const state = useSessionState();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>();
  const failure = refused ?? (state.phase === 'login' ? state.fault : undefined);
  const wait = useCountdown(failure);
  const ended = state.phase === 'login' ? state.ended : undefined;

  useEffect(() => {
    document.title = `${t('title')} · FluxVision`;
  }, [t]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await session.login(username, password);
    } catch (error) {
      setRefused(error);
      setPassword('');
      setBusy(false);
    }
  };

  const words = failure === undefined ? undefined : wordsOfError(failure);
  return (
    <LoginFrame title={t('title')}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        {ended && ended !== 'logout' && !words && (
          <Notice tone="warn" title={t(`ended.${ENDS.has(ended) ? ended : 'expired'}.title`)}>
            {t(`ended.${ENDS.has(ended) ? ended : 'expired'}.text`)}
          </Notice>
        )}
        {words && (
          <Notice tone="bad" title={words.title}>
            {words.meaning} {words.advice}
          </Notice>
        )}
        <TextField
          label={t('username')}
          name="username"
          autoComplete="username"
          verbatim
          autoFocus
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <PasswordField
          label={t('password')}
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button kind="primary" type="submit" busy={busy} disabled={wait > 0}>
          {wait > 0 ? t('wait', { seconds: wait }) : t('login')}
        </Button>
      </form>
    </LoginFrame>
  );
}

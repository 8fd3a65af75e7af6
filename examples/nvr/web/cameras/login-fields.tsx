// User name and password of a camera.
import { useTranslation } from 'react-i18next';
import { PasswordField, TextField } from '../design/index.js';
import forms from '../forms/forms.module.css';

interface Login {
  username: string;
  password: string;
}

interface Props {
  login: Login;
  onChange: (change: Partial<Login>) => void;
  /** About the password. */
  hint?: string;
  /** The camera is to have no password. */
  removesPassword?: boolean;
}

export function LoginFields({ login, onChange, hint, removesPassword = false }: Props) {
  const { t } = useTranslation('cameras');
  return (
    <div className={forms.columns}>
      <TextField
        label={t('field.username')}
        autoComplete="off"
        verbatim
        value={login.username}
        onChange={(event) => onChange({ username: event.target.value })}
      />
      <PasswordField
        label={t('field.password')}
        hint={hint}
        autoComplete="new-password"
        disabled={removesPassword}
        value={login.password}
        onChange={(event) => onChange({ password: event.target.value })}
      />
    </div>
  );
}

// User name and password of a camera that is being added.
import { useTranslation } from 'react-i18next';
import { PasswordField, TextField } from '../design/index.js';
import forms from '../forms/forms.module.css';

interface Login {
  username: string;
  password: string;
}

export function LoginFields(props: { login: Login; onChange: (change: Partial<Login>) => void }) {
  const { login, onChange } = props;
  const { t } = useTranslation('cameras');
  return (
    <div className={forms.columns}>
      <TextField
        label={t('field.username')}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={login.username}
        onChange={(event) => onChange({ username: event.target.value })}
      />
      <PasswordField
        label={t('field.password')}
        autoComplete="new-password"
        value={login.password}
        onChange={(event) => onChange({ password: event.target.value })}
      />
    </div>
  );
}

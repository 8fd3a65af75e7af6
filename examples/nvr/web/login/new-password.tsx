// Two fields for a new password, and how good it is.
import { useTranslation } from 'react-i18next';
import { PasswordField } from '../design/index.js';
import styles from './login.module.css';
import { LEAST_CHARACTERS, passwordStrength } from './strength.js';

export interface NewPasswordValue {
  password: string;
  again: string;
}

/** Whether the form may be sent. */
export function acceptable({ password, again }: NewPasswordValue): boolean {
  return passwordStrength(password) > 0 && password === again;
}

export function NewPasswordFields(props: {
  value: NewPasswordValue;
  onChange: (value: NewPasswordValue) => void;
  /** What must not be the better part of it: the user's name. */
  known?: readonly string[];
}) {
  const { t } = useTranslation('login');
  const { password, again } = props.value;
  const strength = passwordStrength(password, props.known);
  const differs = again.length > 0 && again !== password;
  return (
    <>
      <div className={styles.strength}>
        <PasswordField
          label={t('newPassword')}
          name="new-password"
          autoComplete="new-password"
          required
          minLength={LEAST_CHARACTERS}
          maxLength={256}
          value={password}
          onChange={(event) => props.onChange({ password: event.target.value, again })}
        />
        <div className={styles.meter} data-score={strength} aria-hidden="true">
          {[1, 2, 3, 4].map((step) => (
            <span key={step} data-on={strength >= step} />
          ))}
        </div>
        <p role="status">
          {password.length === 0
            ? t('strength.hint', { count: LEAST_CHARACTERS })
            : t(`strength.${strength}`, { count: LEAST_CHARACTERS })}
        </p>
      </div>
      <PasswordField
        label={t('again')}
        name="new-password-again"
        autoComplete="new-password"
        required
        value={again}
        {...(differs ? { error: t('differs') } : {})}
        onChange={(event) => props.onChange({ password, again: event.target.value })}
      />
    </>
  );
}

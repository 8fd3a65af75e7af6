// Unlocks the keys of a server with their passphrase, which is kept nowhere here.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServers } from '../api/index.js';
import { Button, PasswordField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import forms from '../forms/forms.module.css';

export function UnlockForm({ onUnlocked }: { onUnlocked: () => void }) {
  const { t } = useTranslation('system');
  const { active } = useServers();
  const [passphrase, setPassphrase] = useState('');
  const unlock = useAction(() => active.api.post('/api/system/keys/unlock', { passphrase }), {
    changes: ['keys', 'troubles', 'cameras'],
    onDone: () => {
      setPassphrase('');
      onUnlocked();
    },
    onFailure: () => undefined,
  });
  return (
    <form
      className={forms.form}
      onSubmit={(event) => {
        event.preventDefault();
        unlock.mutate();
      }}
    >
      <p>{t('keys.lockedText')}</p>
      {unlock.error && <FailureNotice error={unlock.error} />}
      <PasswordField
        label={t('keys.passphrase')}
        autoComplete="off"
        value={passphrase}
        onChange={(event) => setPassphrase(event.target.value)}
      />
      <div>
        <Button
          kind="primary"
          type="submit"
          icon="key"
          disabled={passphrase === ''}
          busy={unlock.isPending}
        >
          {t('keys.unlock')}
        </Button>
      </div>
    </form>
  );
}

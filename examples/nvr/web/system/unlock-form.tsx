// Unlocks the keys of a server with their passphrase, which is kept nowhere here. It stands without a
// session, too: with the keys locked no login can be checked.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiClient } from '../api/index.js';
import { Button, PasswordField } from '../design/index.js';
import { FailureNotice } from '../forms/answer.js';
import { useCountdown } from '../forms/countdown.js';
import { Form } from '../forms/form.js';

export function UnlockForm({ api, onUnlocked }: { api: ApiClient; onUnlocked: () => void }) {
  const { t } = useTranslation(['system', 'login']);
  const [passphrase, setPassphrase] = useState('');
  const unlock = useMutation({
    mutationFn: () => api.post('/api/system/keys/unlock', { passphrase }),
    onSuccess: () => {
      setPassphrase('');
      onUnlocked();
    },
  });
  const wait = useCountdown(unlock.error);
  return (
    <Form onSubmit={() => unlock.mutate()}>
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
          disabled={passphrase === '' || wait > 0}
          busy={unlock.isPending}
        >
          {wait > 0 ? t('login:wait', { seconds: wait }) : t('keys.unlock')}
        </Button>
      </div>
    </Form>
  );
}

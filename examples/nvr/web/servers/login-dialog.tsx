// Logs in to another server. Its session is its own, and is kept in the memory of this page alone.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useServers } from '../api/index.js';
import { Button, Dialog, Notice, PasswordField, TextField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import { FaultAdvice } from './fault-advice.js';
import { useKnownServers } from './pool-context.js';
import type { KnownServer } from './server-list.js';
import { DISCONNECTED } from './server-state.js';
import { useStateWords } from './state-words.js';

export function LoginDialog({ server, onClose }: { server: KnownServer; onClose: () => void }) {
  const { t } = useTranslation('servers');
  const { pool, statuses } = useKnownServers();
  const { activate } = useServers();
  const [, navigate] = useLocation();
  const words = useStateWords();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const status = statuses.get(server.id) ?? DISCONNECTED;
  const login = useAction(() => pool.login(server.id, username, password), {
    onDone: () => {
      activate(server.id);
      navigate('/live');
    },
    onFailure: () => setPassword(''),
  });
  // Nobody answers who could check a password.
  const canLogIn = status.state === 'AUTHENTICATING' || login.isPending;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('loginTitle', { name: server.name })}
      description={t('loginText', { address: server.address })}
    >
      {login.error && <FailureNotice error={login.error} />}
      {!login.error && status.fault && (
        <Notice tone="warn" title={words(status)}>
          <FaultAdvice fault={status.fault} address={server.address} />
        </Notice>
      )}
      {canLogIn ? (
        <Form onSubmit={() => login.mutate()}>
          <TextField
            label={t('username')}
            autoComplete="username"
            verbatim
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
          <PasswordField
            label={t('password')}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <div>
            <Button
              kind="primary"
              type="submit"
              busy={login.isPending}
              disabled={username === '' || password === ''}
            >
              {t('login')}
            </Button>
          </div>
        </Form>
      ) : (
        <Button
          icon="refresh"
          busy={status.state === 'CONNECTING'}
          onClick={() => void pool.connect(server.id)}
        >
          {t('connect')}
        </Button>
      )}
    </Dialog>
  );
}

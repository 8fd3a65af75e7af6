// Keys for other servers and for monitoring: made, shown once, revoked.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiKey, ApiKeyScope, CreatedApiKey, NewApiKey } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { itemsOf, path, useServer } from '../api/index.js';
import {
  Badge,
  Button,
  CheckField,
  type Column,
  Dialog,
  Notice,
  SelectField,
  TextField,
  toast,
} from '../design/index.js';
import { formatAge, formatMoment } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { AnswerTable } from '../forms/answer-table.js';
import { DeleteDialog } from '../forms/delete-dialog.js';
import forms from '../forms/forms.module.css';
import styles from './system.module.css';

const SCOPES: readonly ApiKeyScope[] = ['metadata', 'media', 'ptz', 'export', 'metrics'];
const LIFETIMES = ['never', '30', '90', '365'] as const;
const DAY_MS = 86_400_000;

export default function ApiKeys() {
  const { t } = useTranslation('system');
  const server = useServer();
  const style = useMomentStyle();
  const [making, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey>();
  const keys = useQuery({
    queryKey: [server.id, 'api-keys'],
    queryFn: async ({ signal }) =>
      itemsOf(await server.api.get<{ items: ApiKey[] }>('/api/system/api-keys', { signal })),
  });
  const columns: Column<ApiKey>[] = [
    { key: 'label', header: t('apiKeys.label'), cell: ({ label }) => label },
    {
      key: 'scopes',
      header: t('apiKeys.scopes'),
      cell: ({ scopes }) => scopes.map((scope) => t(`apiKeys.scope.${scope}`)).join(', '),
    },
    {
      key: 'used',
      header: t('apiKeys.used'),
      cell: ({ lastUsedAt }) =>
        lastUsedAt === undefined
          ? t('apiKeys.neverUsed')
          : formatAge(lastUsedAt, Date.now(), style.language),
    },
    {
      key: 'expires',
      header: t('apiKeys.expires'),
      cell: ({ expiresAt }) =>
        expiresAt === undefined ? (
          t('apiKeys.lifetime.never')
        ) : expiresAt < Date.now() ? (
          <Badge tone="bad">{t('apiKeys.expired')}</Badge>
        ) : (
          formatMoment(expiresAt, style)
        ),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('actions')}</span>,
      end: true,
      cell: (key) => (
        <Button kind="quiet" icon="trash" onClick={() => setRevoked(key)}>
          {t('apiKeys.revoke')}
        </Button>
      ),
    },
  ];
  return (
    <div className={forms.form}>
      <div className={forms.between}>
        <p>{t('apiKeys.text')}</p>
        <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
          {t('apiKeys.make')}
        </Button>
      </div>
      <AnswerTable
        query={keys}
        caption={t('view.api-keys')}
        columns={columns}
        rowKey={({ id }) => id}
        empty={t('apiKeys.none')}
      />
      {making && <MakeDialog onClose={() => setMaking(false)} />}
      {revoked && <RevokeDialog apiKey={revoked} onClose={() => setRevoked(undefined)} />}
    </div>
  );
}

function MakeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('system');
  const server = useServer();
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState<readonly ApiKeyScope[]>(['metadata']);
  const [lifetime, setLifetime] = useState<(typeof LIFETIMES)[number]>('365');
  const make = useAction(
    () => {
      const request: NewApiKey = {
        label: label.trim(),
        scopes: [...scopes],
        ...(lifetime !== 'never' && { expiresAt: Date.now() + Number(lifetime) * DAY_MS }),
      };
      return server.api.post<CreatedApiKey>('/api/system/api-keys', request);
    },
    { changes: ['api-keys'], onFailure: () => undefined },
  );
  const good = label.trim() !== '' && scopes.length > 0;
  if (make.data) return <ShownOnce made={make.data} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('apiKeys.make')}
      actions={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button
            kind="primary"
            disabled={!good}
            busy={make.isPending}
            onClick={() => make.mutate()}
          >
            {t('apiKeys.make')}
          </Button>
        </>
      }
    >
      {make.error && <FailureNotice error={make.error} />}
      <TextField
        label={t('apiKeys.label')}
        hint={t('apiKeys.labelHint')}
        maxLength={100}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <fieldset className={forms.group}>
        <legend>{t('apiKeys.scopes')}</legend>
        {SCOPES.map((scope) => (
          <CheckField
            key={scope}
            label={t(`apiKeys.scope.${scope}`)}
            hint={t(`apiKeys.scopeText.${scope}`)}
            checked={scopes.includes(scope)}
            onChange={(on) =>
              setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))
            }
          />
        ))}
      </fieldset>
      <SelectField
        label={t('apiKeys.expires')}
        value={lifetime}
        onChange={setLifetime}
        options={LIFETIMES.map((value) => ({ value, label: t(`apiKeys.lifetime.${value}`) }))}
      />
    </Dialog>
  );
}

function ShownOnce({ made, onClose }: { made: CreatedApiKey; onClose: () => void }) {
  const { t } = useTranslation('system');
  const copy = async () => {
    await navigator.clipboard.writeText(made.key);
    toast({ title: t('apiKeys.copied'), tone: 'good' });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('apiKeys.made', { label: made.label })}
      actions={
        <Button kind="primary" onClick={onClose}>
          {t('apiKeys.keptIt')}
        </Button>
      }
    >
      <Notice tone="warn" title={t('apiKeys.once')} />
      <div className={styles.secret}>{made.key}</div>
      <div>
        <Button icon="save" onClick={() => void copy()}>
          {t('apiKeys.copy')}
        </Button>
      </div>
    </Dialog>
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation('system');
  return (
    <DeleteDialog
      at={path`/api/system/api-keys/${apiKey.id}`}
      changes={['api-keys']}
      title={t('apiKeys.revokeTitle', { label: apiKey.label })}
      action={t('apiKeys.revoke')}
      onClose={onClose}
    >
      {t('apiKeys.revokeText')}
    </DeleteDialog>
  );
}

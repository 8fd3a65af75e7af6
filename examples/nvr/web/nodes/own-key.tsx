// The key that lets another server take this one in: made, shown once, revoked; and who has it.
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CreatedFederationKey, FederationKey, PairedHome } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { path, useServer } from '../api/index.js';
import { Button, type Column, Dialog, Notice, Spinner, Table } from '../design/index.js';
import { formatAge, formatDay } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import { Answer, FailureNotice } from '../forms/answer.js';
import { DeleteDialog } from '../forms/delete-dialog.js';
import forms from '../forms/forms.module.css';
import { CopyButton } from './copy-button.js';
import { readableFingerprint } from './fingerprint.js';
import { Fingerprint } from './fingerprint-view.js';
import styles from './nodes.module.css';
import { useFederationKey } from './queries.js';

const CHANGES = ['federation-key', 'api-keys'];

export function OwnKey() {
  const { t } = useTranslation('nodes');
  const known = useFederationKey();
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<PairedHome | 'newest'>();
  return (
    <section className={styles.section} aria-label={t('own.title')}>
      <h2>{t('own.title')}</h2>
      <p>{t('own.text')}</p>
      <Answer query={known}>
        {(own) => (
          <>
            <Known own={own} onRevoke={() => setRevoked('newest')} />
            <div>
              <Button kind="primary" icon="key" onClick={() => setMaking(true)}>
                {t(own.key ? 'own.makeAnother' : 'own.make')}
              </Button>
            </div>
            <Homes homes={own.homes} onRevoke={setRevoked} />
          </>
        )}
      </Answer>
      {isMaking && <MakeDialog onClose={() => setMaking(false)} />}
      {revoked === 'newest' && (
        <DeleteDialog
          at="/api/system/federation-key"
          changes={CHANGES}
          title={t('own.revokeTitle')}
          action={t('own.revoke')}
          onClose={() => setRevoked(undefined)}
        >
          {t('own.revokeText')}
        </DeleteDialog>
      )}
      {revoked && revoked !== 'newest' && (
        <DeleteDialog
          at={path`/api/system/api-keys/${revoked.keyId}`}
          changes={CHANGES}
          title={t('own.revokeHomeTitle', { name: revoked.name })}
          action={t('own.revokeHome')}
          onClose={() => setRevoked(undefined)}
        >
          {t('own.revokeText')}
        </DeleteDialog>
      )}
    </section>
  );
}

function Known({ own, onRevoke }: { own: FederationKey; onRevoke: () => void }) {
  const { t, i18n } = useTranslation('nodes');
  const { key } = own;
  const age = (at: number) => formatAge(at, Date.now(), i18n.language);
  return (
    <dl className={forms.facts}>
      <dt>{t('own.fingerprint')}</dt>
      <dd>
        <Fingerprint value={own.fingerprint} />
        <small className={forms.hint}>{t('own.fingerprintText')}</small>
      </dd>
      <dt>{t('own.key')}</dt>
      <dd>
        {key ? (
          <div className={forms.row}>
            <code>fvk_{key.id}_…</code>
            <span>
              {t('own.made', { when: age(key.createdAt) })},{' '}
              {key.lastUsedAt === undefined
                ? t('own.unused')
                : t('own.used', { when: age(key.lastUsedAt) })}
            </span>
            <Button kind="quiet" icon="trash" onClick={onRevoke}>
              {t('own.revoke')}
            </Button>
          </div>
        ) : (
          t('own.none')
        )}
      </dd>
    </dl>
  );
}

function Homes(props: { homes: readonly PairedHome[]; onRevoke: (home: PairedHome) => void }) {
  const { t, i18n } = useTranslation('nodes');
  const style = useMomentStyle();
  const columns: Column<PairedHome>[] = [
    {
      key: 'home',
      header: t('own.home'),
      cell: ({ name, origins }) => (
        <div className={styles.foundWords}>
          <strong>{name}</strong>
          <small>{origins.join(', ')}</small>
        </div>
      ),
    },
    {
      key: 'seen',
      header: t('own.seen'),
      cell: ({ lastSeenAt }) => formatAge(lastSeenAt, Date.now(), i18n.language),
    },
    {
      key: 'paired',
      header: t('own.paired'),
      cell: ({ pairedAt }) => formatDay(pairedAt, style),
    },
    { key: 'key', header: t('own.keyId'), cell: ({ keyId }) => <code>{keyId}</code> },
    {
      key: 'revoke',
      header: <span className="visually-hidden">{t('own.revokeHome')}</span>,
      end: true,
      cell: (home) => (
        <Button
          kind="quiet"
          icon="trash"
          aria-label={t('own.revokeHomeOf', { name: home.name })}
          onClick={() => props.onRevoke(home)}
        >
          {t('own.revokeHome')}
        </Button>
      ),
    },
  ];
  return (
    <>
      <h3>{t('own.homes')}</h3>
      <Table
        caption={t('own.homes')}
        columns={columns}
        rows={props.homes}
        rowKey={({ homeId, keyId }) => `${homeId} ${keyId}`}
        empty={t('own.noHomes')}
      />
    </>
  );
}

/** Makes it as it opens: what is made is shown here, and nowhere again. */
function MakeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const make = useAction(
    () => server.api.post<CreatedFederationKey>('/api/system/federation-key'),
    { changes: CHANGES, onFailure: () => undefined },
  );
  const { mutate } = make;
  const isBegun = useRef(false);
  useEffect(() => {
    if (isBegun.current) return;
    isBegun.current = true;
    mutate();
  }, [mutate]);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('own.shownTitle')}
      actions={
        <Button kind="primary" onClick={onClose}>
          {t('own.kept')}
        </Button>
      }
    >
      {make.isPending && <Spinner label={t('common:loading')} />}
      {make.error && <FailureNotice error={make.error} />}
      {make.data && <Made made={make.data} />}
    </Dialog>
  );
}

function Made({ made }: { made: CreatedFederationKey }) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const url = server.origin || location.origin;
  return (
    <>
      <Notice tone="warn" title={t('own.once')} />
      <code className={styles.secret}>{made.secret}</code>
      <div>
        <CopyButton text={made.secret} label={t('own.copyKey')} />
      </div>
      <dl className={forms.facts}>
        <dt>{t('own.fingerprint')}</dt>
        <dd>
          <Fingerprint value={made.fingerprint} />
        </dd>
      </dl>
      <div>
        <CopyButton text={readableFingerprint(made.fingerprint)} label={t('own.copyFingerprint')} />
      </div>
      <ol className={styles.checks}>
        <li>{t('own.step1')}</li>
        <li>{t('own.step2', { url })}</li>
        <li>{t('own.step3')}</li>
      </ol>
    </>
  );
}

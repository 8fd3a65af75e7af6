// Adds a server: who answers at its address, its certificate to be compared, and then the key.
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  DiscoveredNode,
  NewRemoteNode,
  ProbedNode,
  RemoteNode,
} from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { type ServerConnection, useServer } from '../api/index.js';
import { Button, Dialog, Notice, PasswordField, Spinner, TextField } from '../design/index.js';
import { formatDay } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { serverOrigin } from '../servers/server-list.js';
import { Fingerprint } from './fingerprint-view.js';
import { LEAST_KEY } from './node-form.js';
import { useNodesChanged } from './queries.js';

interface Props {
  /** As it announced itself; without it the address is asked for first. */
  found?: DiscoveredNode;
  onAdded: () => void;
  onClose: () => void;
}

export function AddDialog({ found, onAdded, onClose }: Props) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const [addresses, setAddresses] = useState<readonly string[]>(found?.urls ?? []);
  const probe = useMutation({
    mutationFn: (urls: readonly string[]) => probeFirst(server, urls, found?.serverId),
  });
  const { mutate } = probe;
  useEffect(() => {
    if (addresses.length > 0) mutate(addresses);
  }, [addresses, mutate]);
  const again = () => {
    probe.reset();
    setAddresses([]);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={found ? t('add.titleOf', { name: found.name }) : t('add.title')}
    >
      {addresses.length === 0 && <AddressForm onAddress={(url) => setAddresses([url])} />}
      {probe.isPending && <Spinner label={t('add.asking', { url: addresses[0] })} />}
      {probe.error && (
        <FailureNotice error={probe.error}>
          <div className={forms.row}>
            <Button icon="refresh" onClick={() => mutate(addresses)}>
              {t('add.again')}
            </Button>
            <Button kind="quiet" onClick={again}>
              {t('add.other')}
            </Button>
          </div>
        </FailureNotice>
      )}
      {probe.data && (
        <Identified
          probed={probe.data}
          {...(found && { found })}
          onAdded={onAdded}
          onOther={again}
        />
      )}
    </Dialog>
  );
}

/** The first address where the server that announced itself answers; else the first that answers at all. */
async function probeFirst(
  server: ServerConnection,
  urls: readonly string[],
  serverId: string | undefined,
): Promise<ProbedNode> {
  let other: ProbedNode | undefined;
  let failure: unknown;
  for (const url of urls) {
    try {
      const probed = await server.api.post<ProbedNode>('/api/system/nodes/probe', { url });
      if (serverId === undefined || probed.info.serverId === serverId) return probed;
      other ??= probed;
    } catch (error) {
      failure ??= error;
    }
  }
  if (other) return other;
  throw failure;
}

function AddressForm({ onAddress }: { onAddress: (url: string) => void }) {
  const { t } = useTranslation('nodes');
  const [address, setAddress] = useState('');
  const [isSent, setSent] = useState(false);
  const origin = serverOrigin(address);
  return (
    <Form
      onSubmit={() => {
        setSent(true);
        if (origin !== undefined) onAddress(origin);
      }}
    >
      <TextField
        label={t('add.address')}
        hint={t('add.addressHint')}
        placeholder="warehouse.example:8443"
        inputMode="url"
        verbatim
        value={address}
        onChange={(event) => setAddress(event.target.value)}
        {...(isSent && origin === undefined && { error: t('error.url') })}
      />
      <div>
        <Button kind="primary" type="submit">
          {t('add.ask')}
        </Button>
      </div>
    </Form>
  );
}

function Identified(props: {
  probed: ProbedNode;
  found?: DiscoveredNode;
  onAdded: () => void;
  onOther: () => void;
}) {
  const { t } = useTranslation('nodes');
  const { probed, found } = props;
  return (
    <>
      <Identity probed={probed} />
      {found && found.serverId !== probed.info.serverId && (
        <Notice tone="bad">
          <p>{t('add.otherServer')}</p>
        </Notice>
      )}
      {probed.refusal ? (
        <Notice tone="warn" title={t(`add.${probed.refusal}`)}>
          <Button kind="quiet" onClick={props.onOther}>
            {t('add.other')}
          </Button>
        </Notice>
      ) : (
        <KeyForm probed={probed} onAdded={props.onAdded} />
      )}
    </>
  );
}

function Identity({ probed }: { probed: ProbedNode }) {
  const { t } = useTranslation('nodes');
  const style = useMomentStyle();
  const { info } = probed;
  return (
    <>
      <dl className={forms.facts}>
        <dt>{t('add.name')}</dt>
        <dd>{info.name}</dd>
        <dt>{t('facts.address')}</dt>
        <dd>{probed.url}</dd>
        <dt>{t('facts.version')}</dt>
        <dd>{info.version}</dd>
        <dt>{t('facts.cameras')}</dt>
        <dd>{info.cameraCount}</dd>
        <dt>{t('facts.fingerprint')}</dt>
        <dd>
          <Fingerprint value={probed.fingerprint} />
          <small className={forms.hint}>
            SHA-256 · {probed.selfSigned && `${t('add.selfSigned')} · `}
            {t('add.validTo', { day: formatDay(probed.validTo, style) })}
          </small>
        </dd>
      </dl>
      <Notice tone="warn">
        <p>{t('add.compare')}</p>
      </Notice>
    </>
  );
}

function KeyForm({ probed, onAdded }: { probed: ProbedNode; onAdded: () => void }) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const changed = useNodesChanged();
  const [apiKey, setApiKey] = useState('');
  const [label, setLabel] = useState(probed.info.name);
  const [isSent, setSent] = useState(false);
  const isShort = apiKey.trim().length < LEAST_KEY;
  const add = useAction(
    () => {
      const request: NewRemoteNode = {
        ...{ url: probed.url, fingerprint: probed.fingerprint, apiKey: apiKey.trim() },
        ...(label.trim() !== '' && { label: label.trim() }),
      };
      return server.api.post<RemoteNode>('/api/system/nodes', request);
    },
    {
      onDone: () => {
        changed();
        onAdded();
      },
      onFailure: () => undefined,
    },
  );
  return (
    <Form
      onSubmit={() => {
        setSent(true);
        if (!isShort) add.mutate();
      }}
    >
      {add.error && <FailureNotice error={add.error} />}
      <PasswordField
        autoFocus
        label={t('add.key')}
        hint={t('add.keyHint')}
        autoComplete="off"
        value={apiKey}
        onChange={(event) => setApiKey(event.target.value)}
        {...(isSent && isShort && { error: t('error.apiKey') })}
      />
      <TextField
        label={t('add.label')}
        hint={t('add.labelHint')}
        maxLength={100}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <div>
        <Button kind="primary" type="submit" icon="plus" busy={add.isPending}>
          {t('add.action')}
        </Button>
      </div>
    </Form>
  );
}

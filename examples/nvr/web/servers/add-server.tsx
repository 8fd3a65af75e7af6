// Adds a server by its address, once it has answered there.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { DiscoveryInfo } from '../../protocol/index.js';
import { useServers } from '../api/index.js';
import { Button, Notice, TextField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { FaultAdvice } from './fault-advice.js';
import { useKnownServers } from './pool-context.js';
import { reach } from './reach.js';
import { refusalOf, serverOrigin } from './server-list.js';
import type { ConnectFault } from './server-state.js';

export function AddServer() {
  const { t } = useTranslation('servers');
  const { home } = useServers();
  const { servers, ready, save } = useKnownServers();
  const [, navigate] = useLocation();
  const [address, setAddress] = useState('');
  const [group, setGroup] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [fault, setFault] = useState<ConnectFault>();
  const own = useQuery({
    queryKey: [home.id, 'discovery'],
    queryFn: ({ signal }) => home.api.get<DiscoveryInfo>('/api/discovery/info', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const origin = serverOrigin(address);
  const add = useAction(async () => {
    setWrong(undefined);
    setFault(undefined);
    if (origin === undefined) {
      setWrong(t('error.address'));
      return;
    }
    const reached = await reach(origin);
    if ('fault' in reached) {
      setFault(reached.fault);
      return;
    }
    const { serverId: id, name } = reached.info;
    const refusal = refusalOf(servers, { id }, own.data?.serverId);
    if (refusal) {
      setWrong(t(`error.${refusal}`));
      return;
    }
    const server = { ...{ id, name, address: origin, favourite: false }, group: group.trim() };
    await save([...servers, server]);
    setAddress('');
    navigate(`/servers/${encodeURIComponent(id)}`);
  });
  return (
    <Form onSubmit={() => add.mutate()}>
      <div className={forms.columns}>
        <TextField
          label={t('address')}
          hint={t('addressHint')}
          placeholder="warehouse.example:8443"
          inputMode="url"
          verbatim
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          {...(wrong && { error: wrong })}
        />
        <TextField
          label={t('group')}
          hint={t('groupHint')}
          maxLength={100}
          value={group}
          onChange={(event) => setGroup(event.target.value)}
        />
      </div>
      {fault && (
        <Notice tone="warn" title={t(`fault.${fault}`)}>
          <FaultAdvice fault={fault} address={origin ?? address} />
        </Notice>
      )}
      <div>
        <Button kind="primary" type="submit" icon="plus" busy={add.isPending} disabled={!ready}>
          {t('addAction')}
        </Button>
      </div>
    </Form>
  );
}

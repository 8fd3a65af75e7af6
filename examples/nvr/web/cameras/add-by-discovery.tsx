// Cameras that answer on the network (ONVIF), chosen from a list, with one login for all of them.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DiscoveredCamera } from '../../protocol/index.js';
import { itemsOf, useServer } from '../api/index.js';
import { Badge, Button, CheckField, Notice } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import styles from './cameras.module.css';
import { LoginFields } from './login-fields.js';
import { type Draft, draftOfDevice, withLogin } from './wizard-state.js';

export function AddByDiscovery(props: {
  drafts: readonly Draft[];
  onChosen: (draft: Draft) => void;
}) {
  const { t } = useTranslation('cameras');
  const server = useServer();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [login, setLogin] = useState({ username: '', password: '' });
  const search = useAction(
    async () =>
      itemsOf(
        await server.api.post<DiscoveredCamera[] | { items: DiscoveredCamera[] }>(
          '/api/cameras/discover',
        ),
      ),
    { onFailure: () => undefined },
  );
  const devices = search.data ?? [];
  const taken = ({ onvifUrl, cameraId }: DiscoveredCamera) =>
    cameraId !== undefined || props.drafts.some(({ key }) => key === onvifUrl);
  const go = () => {
    for (const device of devices) {
      if (!chosen.includes(device.onvifUrl) || taken(device)) continue;
      props.onChosen(withLogin(draftOfDevice(device), login));
    }
    setChosen([]);
  };
  return (
    <div className={forms.form}>
      <div>
        <Button
          kind={search.data ? 'plain' : 'primary'}
          icon="search"
          busy={search.isPending}
          onClick={() => search.mutate()}
        >
          {search.isPending ? t('wizard.searching') : t('wizard.search')}
        </Button>
      </div>
      {search.error && <FailureNotice error={search.error} />}
      {search.data && devices.length === 0 && (
        <Notice title={t('wizard.nothing')}>
          <p>{t('wizard.nothingText')}</p>
        </Notice>
      )}
      {devices.length > 0 && (
        <Form onSubmit={go}>
          <div className={styles.found}>
            <span role="status">{t('wizard.found', { count: devices.length })}</span>
            {devices.map((device) => (
              <CheckField
                key={device.onvifUrl}
                disabled={taken(device)}
                label={
                  <>
                    {device.name || device.hardware || device.address}{' '}
                    <span className={forms.hint}>
                      {[device.hardware, device.address].filter(Boolean).join(' · ')}
                    </span>{' '}
                    {device.cameraId !== undefined && <Badge>{t('wizard.ours')}</Badge>}
                  </>
                }
                checked={chosen.includes(device.onvifUrl)}
                onChange={(on) =>
                  setChosen(
                    on
                      ? [...chosen, device.onvifUrl]
                      : chosen.filter((url) => url !== device.onvifUrl),
                  )
                }
              />
            ))}
          </div>
          <p className={forms.hint}>{t('wizard.login')}</p>
          <LoginFields login={login} onChange={(change) => setLogin({ ...login, ...change })} />
          <div>
            <Button kind="primary" type="submit" disabled={chosen.length === 0}>
              {t('wizard.connect', { count: chosen.length })}
            </Button>
          </div>
        </Form>
      )}
    </div>
  );
}

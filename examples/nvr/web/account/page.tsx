// The own account: how the interface looks, the password, and where one is logged in.
import { useTranslation } from 'react-i18next';
import { useAccount } from '../app/session.js';
import { Page, Panel } from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import forms from '../forms/forms.module.css';
import { OwnSessions } from './own-sessions.js';
import { PasswordForm } from './password-form.js';
import { useMomentStyle } from './preferences.js';
import { PreferencesForm } from './preferences-form.js';

export default function AccountPage() {
  const { t } = useTranslation('account');
  const account = useAccount();
  const style = useMomentStyle();
  const { role } = account.permissions;
  return (
    <Page title={t('title')}>
      <Panel title={account.username}>
        <dl className={forms.facts}>
          <dt>{t('role')}</dt>
          <dd>{t(`common:roles.${role}`)}</dd>
          <dt>{t('sessionEnds')}</dt>
          <dd>{formatMoment(account.expiresAt, style)}</dd>
        </dl>
      </Panel>
      <Panel title={t('preferences')}>
        <PreferencesForm />
      </Panel>
      <Panel title={t('password')}>
        <PasswordForm />
      </Panel>
      {role === 'ADMIN' && <OwnSessions />}
    </Page>
  );
}

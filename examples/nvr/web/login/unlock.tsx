// In place of the login while the server's keys are locked.
import { useTranslation } from 'react-i18next';
import { useSession } from '../app/session.js';
import { UnlockForm } from '../system/unlock-form.js';
import { LoginFrame } from './frame.js';

export default function UnlockPage() {
  const { t } = useTranslation('system');
  const session = useSession();
  return (
    <LoginFrame title={t('keys.locked')}>
      <UnlockForm api={session.home.api} onUnlocked={() => void session.start()} />
    </LoginFrame>
  );
}

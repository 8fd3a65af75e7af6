// Who is logged in; theme, language, and the way out.
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useAppearance } from '../account/appearance.js';
import { useAccount, useSession } from '../app/session.js';
import {
  IconButton,
  Menu,
  MenuChoice,
  MenuItem,
  MenuLabel,
  MenuSeparator,
} from '../design/index.js';
import { LANGUAGES, type Language } from '../i18n/index.js';
import { THEMES } from '../theme/theme.js';

export function UserMenu() {
  const { t } = useTranslation('common');
  const session = useSession();
  const account = useAccount();
  const { theme, language, choose } = useAppearance();
  const [, navigate] = useLocation();
  return (
    <Menu
      align="end"
      trigger={<IconButton icon="user" label={t('userMenu', { name: account.username })} />}
    >
      <MenuLabel>
        {account.username} · {t(`roles.${account.permissions.role}`)}
      </MenuLabel>
      <MenuItem icon="user" onSelect={() => navigate('/account')}>
        {t('nav.account')}
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>{t('theme.title')}</MenuLabel>
      <MenuChoice
        value={theme}
        onChange={(next) => choose({ theme: next })}
        options={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
      />
      <MenuSeparator />
      <MenuLabel>{t('language')}</MenuLabel>
      <MenuChoice
        value={language}
        onChange={(next) => choose({ language: next })}
        options={Object.entries(LANGUAGES).map(([value, label]) => ({
          value: value as Language,
          label,
        }))}
      />
      <MenuSeparator />
      <MenuItem icon="logout" onSelect={() => void session.logout()}>
        {t('logout')}
      </MenuItem>
    </Menu>
  );
}

// Who is logged in; theme, language, and the way out.
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useAccount, useSession } from '../app/session.js';
import {
  IconButton,
  Menu,
  MenuChoice,
  MenuItem,
  MenuLabel,
  MenuSeparator,
} from '../design/index.js';
import { currentLanguage, LANGUAGES, type Language, setLanguage } from '../i18n/index.js';
import { setTheme, type ThemeChoice, useTheme } from '../theme/theme.js';

export function UserMenu() {
  const { t } = useTranslation('common');
  const session = useSession();
  const account = useAccount();
  const theme = useTheme();
  const [, navigate] = useLocation();
  const themes: readonly ThemeChoice[] = ['dark', 'light', 'system'];
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
        onChange={setTheme}
        options={themes.map((value) => ({ value, label: t(`theme.${value}`) }))}
      />
      <MenuSeparator />
      <MenuLabel>{t('language')}</MenuLabel>
      <MenuChoice
        value={currentLanguage()}
        onChange={(language) => void setLanguage(language)}
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

// The ways to the pages: a rail; on phones a bar with the most used and a menu with the rest.
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { PAGES, type PageRoute } from '../app/routes.js';
import { useAccess } from '../app/session.js';
import { Icon, Menu, MenuItem } from '../design/index.js';
import styles from './shell.module.css';

export function Navigation() {
  const { t } = useTranslation('common');
  const access = useAccess();
  const [location, navigate] = useLocation();
  const current = location.split('/')[1];
  const routes = PAGES.filter((route) => route.allowed(access));
  const rest = routes.filter((route) => !route.primary);
  return (
    <nav className={styles.rail} aria-label={t('navigation')}>
      {routes.map((route) => (
        <div key={route.name} className={route.primary ? styles.always : styles.wideOnly}>
          <PageLink route={route} current={route.name === current} />
        </div>
      ))}
      {rest.length > 0 && (
        <div className={styles.narrowOnly}>
          <Menu
            side="top"
            align="end"
            trigger={
              <button
                type="button"
                className={styles.link}
                aria-current={rest.some((route) => route.name === current) ? 'page' : undefined}
              >
                <Icon name="menu" />
                <span>{t('more')}</span>
              </button>
            }
          >
            {rest.map((route) => (
              <MenuItem
                key={route.name}
                icon={route.icon}
                onSelect={() => navigate(`/${route.name}`)}
              >
                {t(`nav.${route.name}`)}
              </MenuItem>
            ))}
          </Menu>
        </div>
      )}
    </nav>
  );
}

function PageLink({ route, current }: { route: PageRoute; current: boolean }) {
  const { t } = useTranslation('common');
  return (
    <Link
      href={`/${route.name}`}
      className={styles.link}
      aria-current={current ? 'page' : undefined}
    >
      <Icon name={route.icon} />
      <span>{t(`nav.${route.name}`)}</span>
    </Link>
  );
}

// Which path shows which page, and who may see it.
import { type ComponentType, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useServers } from '../api/index.js';
import { EmptyState, type IconName, Page, PageSpinner } from '../design/index.js';
import { FailureBoundary } from './failure.js';
import {
  AccountPage,
  CamerasPage,
  EventsPage,
  ExportsPage,
  LivePage,
  PlaybackPage,
  SearchPage,
  ServersPage,
  SystemPage,
  UsersPage,
} from './pages.js';
import { type Access, useAccess } from './session.js';

export interface PageRoute {
  /** First member of the path; `nav.<name>` of the catalog `common` names it. */
  name: string;
  icon: IconName;
  page: ComponentType;
  /** Who may see it; the server decides for itself. */
  allowed: (access: Access) => boolean;
  /** In the bar of phones; the rest is behind its last button. */
  primary?: boolean;
}

const everybody = () => true;
const admin = (access: Access) => access.admin;

export const PAGES: readonly PageRoute[] = [
  { name: 'live', icon: 'live', page: LivePage, allowed: (a) => a.live, primary: true },
  {
    name: 'playback',
    icon: 'playback',
    page: PlaybackPage,
    allowed: (a) => a.archive,
    primary: true,
  },
  { name: 'events', icon: 'events', page: EventsPage, allowed: (a) => a.archive, primary: true },
  { name: 'search', icon: 'search', page: SearchPage, allowed: (a) => a.archive },
  { name: 'exports', icon: 'exports', page: ExportsPage, allowed: (a) => a.export },
  { name: 'cameras', icon: 'camera', page: CamerasPage, allowed: admin, primary: true },
  { name: 'users', icon: 'users', page: UsersPage, allowed: admin },
  { name: 'system', icon: 'system', page: SystemPage, allowed: admin },
  { name: 'servers', icon: 'servers', page: ServersPage, allowed: everybody },
];

/** Not in the navigation: the user's menu leads there. */
const ACCOUNT: PageRoute = { name: 'account', icon: 'user', page: AccountPage, allowed: everybody };

export function Routes() {
  const access = useAccess();
  const first = PAGES.find((route) => route.allowed(access)) ?? ACCOUNT;
  return (
    <Switch>
      {[...PAGES, ACCOUNT].map((route) => (
        <Route key={route.name} path={`/${route.name}/*?`}>
          {route.allowed(access) ? <Opened route={route} /> : <Refused first={first} />}
        </Route>
      ))}
      {/* The page of the first start, and of the login, is done with once somebody is logged in. */}
      {['/', '/setup', '/login'].map((path) => (
        <Route key={path} path={path}>
          <Redirect to={`/${first.name}`} replace />
        </Route>
      ))}
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function Opened({ route }: { route: PageRoute }) {
  const { t } = useTranslation('common');
  const [location] = useLocation();
  const title = t(`nav.${route.name}`);
  useEffect(() => {
    document.title = `${title} · FluxVision`;
  }, [title]);
  // Where a page went with what had the focus, Tab goes on in the next one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each change of the page
  useEffect(() => {
    if (document.activeElement === document.body) document.querySelector('main')?.focus();
  }, [location]);
  return (
    <FailureBoundary key={location.split('/')[1]}>
      <Suspense fallback={<PageSpinner />}>
        <route.page />
      </Suspense>
    </FailureBoundary>
  );
}

/** A page that was open when the tab of a server was chosen whose user may not see it leads elsewhere. */
function Refused({ first }: { first: PageRoute }) {
  const { active, home } = useServers();
  return active === home ? <NotFound /> : <Redirect to={`/${first.name}`} replace />;
}

function NotFound() {
  const { t } = useTranslation('common');
  return (
    <Page title={t('notFound.title')}>
      <EmptyState icon="search" title={t('notFound.title')}>
        <p>{t('notFound.text')}</p>
      </EmptyState>
    </Page>
  );
}

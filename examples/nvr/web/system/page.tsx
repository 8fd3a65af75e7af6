// The server itself: how it does, who uses it, its storage, keys, audit log, logs and remote nodes.
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useRoute } from 'wouter';
import { useServer } from '../api/index.js';
import { Page, PageSpinner, Tabs } from '../design/index.js';

const VIEWS = {
  health: lazy(() => import('./health.js')),
  sessions: lazy(() => import('./sessions.js')),
  storage: lazy(() => import('./storage.js')),
  keys: lazy(() => import('./keys.js')),
  audit: lazy(() => import('./audit.js')),
  logs: lazy(() => import('./logs.js')),
  'api-keys': lazy(() => import('./api-keys.js')),
  nodes: lazy(() => import('../nodes/page.js')),
} as const;

type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

export default function SystemPage() {
  const { t } = useTranslation('system');
  // What was typed for one server is never sent to another.
  const server = useServer();
  const [, parameters] = useRoute('/system/:view');
  const [, navigate] = useLocation();
  const view = NAMES.find((name) => name === parameters?.view) ?? 'health';
  const Content = VIEWS[view];
  return (
    <Page title={t('title')}>
      <Tabs
        label={t('title')}
        value={view}
        onChange={(name) => navigate(`/system/${name}`)}
        tabs={NAMES.map((name) => ({
          value: name,
          label: t(`view.${name}`),
          content: name === view && (
            <Suspense fallback={<PageSpinner />}>
              <Content key={server.id} />
            </Suspense>
          ),
        }))}
      />
    </Page>
  );
}

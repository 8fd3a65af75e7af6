// The application: who is logged in decides what it shows.
import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense } from 'react';
import { ServersProvider } from '../api/index.js';
import { PageSpinner, Toasts, TooltipProvider } from '../design/index.js';
import { ServerPoolProvider } from '../servers/pool-context.js';
import { Shell } from '../shell/shell.js';
import { FailureBoundary } from './failure.js';
import { LoginPage, PasswordPage, SetupPage, UnlockPage } from './pages.js';
import { Routes } from './routes.js';
import { type Session, SessionContext, useSessionState } from './session.js';

export function App({ session }: { session: Session }) {
  return (
    <QueryClientProvider client={session.queries}>
      <SessionContext.Provider value={session}>
        <TooltipProvider delayDuration={500} skipDelayDuration={300}>
          <FailureBoundary>
            <Suspense fallback={<PageSpinner />}>
              <Content session={session} />
              <Toasts />
            </Suspense>
          </FailureBoundary>
        </TooltipProvider>
      </SessionContext.Provider>
    </QueryClientProvider>
  );
}

function Content({ session }: { session: Session }) {
  const state = useSessionState();
  switch (state.phase) {
    case 'starting':
      return <PageSpinner />;
    case 'setup':
      return <SetupPage />;
    case 'login':
      return <LoginPage />;
    case 'locked':
      return <UnlockPage />;
    case 'password':
      return <PasswordPage />;
    case 'in':
      return (
        <ServersProvider home={session.home}>
          <ServerPoolProvider>
            <Shell>
              <Routes />
            </Shell>
          </ServerPoolProvider>
        </ServersProvider>
      );
  }
}

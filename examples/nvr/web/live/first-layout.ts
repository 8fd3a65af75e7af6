// The layout that the user wants to begin with: opened once a login, and what is done after that stays.
import { useEffect, useReducer } from 'react';
import type { GridLayout } from '../../protocol/cameras.js';
import { readPreferences, usePreferences } from '../account/preferences.js';
import { useLayouts, useServer } from '../api/index.js';
import { useAccount } from '../app/session.js';

/** Servers and sessions that it was looked at for. */
const begun = new Set<string>();

/** True until it is known what to begin with, or that nothing is chosen. */
export function useFirstLayout(open: (layout: GridLayout) => void): boolean {
  const server = useServer();
  const { sessionId } = useAccount();
  const { preferences, isPending } = usePreferences();
  const layouts = useLayouts();
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  const key = `${server.id} ${sessionId}`;
  const beginning = !begun.has(key);
  const { defaultLayout } = readPreferences(preferences);
  useEffect(() => {
    if (!beginning || isPending || (defaultLayout && layouts.isPending)) return;
    const layout = layouts.data?.find(({ id }) => id === defaultLayout);
    if (layout) open(layout);
    begun.add(key);
    drawAgain();
  }, [beginning, key, isPending, defaultLayout, layouts.isPending, layouts.data, open]);
  return beginning;
}

// The servers that this user has tabs for, and the pool that connects them, for tabs and page.
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../account/preferences.js';
import { useServers } from '../api/index.js';
import { type KnownServer, orderServers, readServers, SERVERS_PREFERENCE } from './server-list.js';
import { ServerPool, type Statuses } from './server-pool.js';

export interface KnownServers {
  /** In the order of their tabs. */
  servers: readonly KnownServer[];
  statuses: Statuses;
  pool: ServerPool;
  /** They came from the server: until then nothing is written over them. */
  ready: boolean;
  save: (servers: readonly KnownServer[]) => Promise<void>;
}

const Context = createContext<KnownServers | undefined>(undefined);

export function ServerPoolProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const { home, add, remove } = useServers();
  const { preferences, ready, change } = usePreferences();
  const [pool] = useState(
    () => new ServerPool({ onConnected: add, onGone: remove, seals: home.seals }),
  );
  const statuses = useSyncExternalStore(pool.subscribe, pool.statuses);
  const stored = preferences[SERVERS_PREFERENCE];
  const servers = useMemo(
    () => orderServers(readServers(stored), i18n.language),
    [stored, i18n.language],
  );
  useEffect(() => pool.setServers(servers), [pool, servers]);
  useEffect(() => () => pool.close(), [pool]);
  const value = useMemo<KnownServers>(
    () => ({
      ...{ servers, statuses, pool, ready },
      save: (next) => change({ [SERVERS_PREFERENCE]: next }),
    }),
    [servers, statuses, pool, ready, change],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useKnownServers(): KnownServers {
  const known = useContext(Context);
  if (!known) throw new Error('useKnownServers needs a ServerPoolProvider above it');
  return known;
}

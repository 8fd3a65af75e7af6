// Which servers there are in this browser, and which one the pages show.
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ServerMessage } from '../../protocol/messages.js';
import type { ServerConnection, ServerSnapshot } from './server-connection.js';

export interface Servers {
  /** The server the page came from. */
  readonly home: ServerConnection;
  /** In the order of their tabs; `home` first. */
  readonly all: readonly ServerConnection[];
  /** The one the pages show. The others' pictures are paused. */
  readonly active: ServerConnection;
  activate(id: string): void;
  /** One of the nodes that `home` knows: the pages show its cameras alone. */
  readonly node: string | undefined;
  showNode(id: string): void;
  add(server: ServerConnection): void;
  remove(id: string): void;
}

const Context = createContext<Servers | undefined>(undefined);

export function ServersProvider({
  home,
  children,
}: {
  home: ServerConnection;
  children: ReactNode;
}) {
  const [others, setOthers] = useState<readonly ServerConnection[]>([]);
  const [activeId, setActiveId] = useState(home.id);
  const [node, setNode] = useState<string>();
  const value = useMemo<Servers>(() => {
    const all = [home, ...others];
    return {
      home,
      all,
      active: all.find((server) => server.id === activeId) ?? home,
      activate: (id) => {
        setActiveId(id);
        setNode(undefined);
      },
      node: activeId === home.id ? node : undefined,
      showNode: (id) => {
        setActiveId(home.id);
        setNode(id);
      },
      add: (server) => setOthers((list) => [...list.filter((s) => s.id !== server.id), server]),
      remove: (id) => setOthers((list) => list.filter((server) => server.id !== id)),
    };
  }, [home, others, activeId, node]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useServers(): Servers {
  const servers = useContext(Context);
  if (!servers) throw new Error('useServers needs a ServersProvider above it');
  return servers;
}

/** The server that the pages show. */
export function useServer(): ServerConnection {
  return useServers().active;
}

export function useServerSnapshot(server: ServerConnection): ServerSnapshot {
  return useSyncExternalStore(server.subscribe, server.snapshot);
}

/** Calls the newest `listener` with every JSON message of `servers`, which is the same array while they are. */
export function useServerMessages(
  servers: readonly ServerConnection[],
  listener: (message: ServerMessage, serverId: string) => void,
): void {
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => {
    const stops = servers.map((server) =>
      server.onMessage((message) => newest.current(message, server.id)),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [servers]);
}

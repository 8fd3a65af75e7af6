// The servers that a user has tabs for, as they are kept in the user's preferences. What is read from
// there was written by another version, or by hand, and is checked entry by entry.

export interface KnownServer {
  /** The server's own id (`DiscoveryInfo.serverId`): the same server under another name or address. */
  id: string;
  name: string;
  /** Origin, for example `https://warehouse.example:8443`. */
  address: string;
  favourite: boolean;
  /** Empty: none. */
  group: string;
}

/** vms-v2-plan, "Client-Side Resource Allocation": including the one that the page came from. */
export const MAX_SERVERS = 8;

/** The key under which preferences have them. */
export const SERVERS_PREFERENCE = 'servers';

/** The entries of a preference that are right; others are left out. */
export function readServers(value: unknown): KnownServer[] {
  if (!Array.isArray(value)) return [];
  const servers = value.flatMap((entry: unknown) => readServer(entry) ?? []);
  const distinct = servers.filter(
    (server, i) => servers.findIndex(({ id }) => id === server.id) === i,
  );
  return distinct.slice(0, MAX_SERVERS - 1);
}

/**
 * The origin of what somebody typed: `https` where no scheme was typed, port 8443 where no port was.
 * Undefined where it is no address, has a path or credentials, or is not HTTPS: a page that came over
 * HTTPS reaches no other.
 */
export function serverOrigin(text: string): string | undefined {
  const typed = text.trim();
  if (typed === '' || typed.length > 300 || /\s/.test(typed)) return undefined;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    return undefined;
  }
  const plain = url.pathname === '/' && url.search === '' && url.hash === '';
  if (url.protocol !== 'https:' || !plain || url.username !== '' || url.password !== '') {
    return undefined;
  }
  const authority = withScheme.slice('https://'.length).replace(/\/$/, '');
  const hasPort = /:\d+$/.test(authority.replace(/^\[.*\]/, ''));
  return hasPort ? url.origin : `https://${url.hostname}:8443`;
}

/** Favourites first, then groups by name, and names in each. */
export function orderServers(servers: readonly KnownServer[], language: string): KnownServer[] {
  const words = new Intl.Collator(language, { numeric: true });
  return servers.toSorted(
    (a, b) =>
      Number(b.favourite) - Number(a.favourite) ||
      words.compare(a.group, b.group) ||
      words.compare(a.name, b.name),
  );
}

/** Why a server cannot be added; undefined where it can. */
export function refusalOf(
  servers: readonly KnownServer[],
  server: { id: string },
  ownId: string | undefined,
): 'own' | 'known' | 'full' | undefined {
  if (server.id === ownId) return 'own';
  if (servers.some(({ id }) => id === server.id)) return 'known';
  return servers.length >= MAX_SERVERS - 1 ? 'full' : undefined;
}

function readServer(value: unknown): KnownServer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name, address, favourite, group } = value as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > 100) return undefined;
  if (typeof address !== 'string') return undefined;
  const origin = serverOrigin(address);
  if (origin === undefined) return undefined;
  return {
    id,
    name: typeof name === 'string' && name !== '' ? name.slice(0, 100) : origin,
    address: origin,
    favourite: favourite === true,
    group: typeof group === 'string' ? group.slice(0, 100) : '',
  };
}

// Where this machine is in networks: interfaces that discovery speaks on, and whose address is where.
import { BlockList, isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** One interface, by its first IPv4 address. */
export interface Place {
  /** `eth0` */
  name: string;
  address: string;
  /** `192.168.1.20/24` */
  cidr: string;
  /** Another one where the interface was made anew under the same name and address. */
  mac: string;
}

/** A machine with more interfaces than these has them for containers. */
const MAX_PLACES = 32;

/** Those of `wanted` (names or IPv4 addresses) that are there; without it, all that lead to a network. */
export function presentPlaces(wanted?: readonly string[]): Place[] {
  const places = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const found = addresses.find(
      ({ family, internal, address }) =>
        family === 'IPv4' &&
        (wanted ? wanted.includes(name) || wanted.includes(address) : !internal),
    );
    if (!found) return [];
    const { address, cidr, mac } = found;
    return [{ name, address, cidr: cidr ?? `${address}/32`, mac }];
  });
  return places.slice(0, MAX_PLACES);
}

/** The same text while it is the same interface in the same network. */
export function identityOf({ name, address, cidr, mac }: Place): string {
  return `${name} ${address} ${cidr} ${mac}`;
}

/** Which of our interfaces an address belongs to. */
export class Subnets {
  readonly #lists: { name: string; list: BlockList }[];

  constructor(places: readonly Place[]) {
    this.#lists = places.map(({ name, cidr }) => {
      const [network = '', bits] = cidr.split('/');
      const list = new BlockList();
      list.addSubnet(network, Number(bits), 'ipv4');
      return { name, list };
    });
  }

  /** Names of interfaces. */
  of(address: string): string[] {
    if (!isIPv4(address)) return [];
    return this.#lists.filter(({ list }) => list.check(address)).map(({ name }) => name);
  }
}

/** Nobody's address, or only one's own. */
const NOWHERE = blocks('0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'ff00::/8');
const LINK_LOCAL = blocks('169.254.0.0/16', 'fe80::/10');

/** False for what is no address, or leads to no other machine. */
export function isReachable(address: string): boolean {
  return isIP(address) !== 0 && !NOWHERE.check(address, familyOf(address));
}

/** Such addresses mean something only together with an interface. */
export function isLinkLocal(address: string): boolean {
  return LINK_LOCAL.check(address, familyOf(address));
}

/**
 * Best first: who has sent packets (`senders`), then addresses of networks that we are in, then other
 * ones; IPv4 before IPv6, link-local ones last. The order is the same each time.
 */
export function rankAddresses(
  senders: readonly string[],
  others: readonly string[],
  subnets: Subnets,
): string[] {
  const rank = (address: string) => {
    if (isLinkLocal(address)) return 4;
    if (senders.includes(address)) return 0;
    if (!isIPv4(address)) return 3;
    return subnets.of(address).length > 0 ? 1 : 2;
  };
  return [...new Set([...senders, ...others])].sort(
    (a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }),
  );
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

function blocks(...list: string[]): BlockList {
  const blockList = new BlockList();
  for (const block of list) {
    const [network = '', bits] = block.split('/');
    blockList.addSubnet(network, Number(bits), familyOf(network));
  }
  return blockList;
}

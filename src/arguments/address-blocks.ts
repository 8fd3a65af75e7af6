// Addresses that are not to be connected to: a look-up that refuses what lies in a block.
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { FluxError } from '../errors.js';
import { type Check, invalidArgument } from './check.js';

const EXPECTED = 'an array of IP addresses and blocks such as 169.254.0.0/16';

/** IP addresses, each alone or with the length of a prefix. */
export const addressBlocks: Check<readonly string[]> = (name, value) => {
  if (!Array.isArray(value)) throw invalidArgument(name, EXPECTED, value);
  for (const block of value) {
    const [address = '', length, ...rest] = String(block).split('/');
    const bits = isIP(address) === 6 ? 128 : 32;
    const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits);
    if (isIP(address) === 0 || !isLength || rest.length > 0) {
      throw invalidArgument(name, EXPECTED, block);
    }
  }
  return value as string[];
};

/** For connections of node's own. `ERR_ADDRESS_REFUSED` for a host that leads into one of `blocks`. */
export class GuardedLookup {
  readonly #blocks = new BlockList();

  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const [address = '', length] = block.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (length === undefined) this.#blocks.addAddress(address, family);
      else this.#blocks.addSubnet(address, Number(length), family);
    }
  }

  /** As `dns.lookup`: of the option `lookup`, which is asked for names alone. */
  readonly lookup: LookupFunction = (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      try {
        for (const { address } of found) this.require(address);
      } catch (refusal) {
        return done(refusal as Error, []);
      }
      if (options.all) return done(null, found);
      const [first] = found;
      return done(null, first?.address ?? '', first?.family);
    });
  };

  /** Throws where `host` is a number that lies in a block. */
  require(host: string): void {
    const version = isIP(host);
    if (version === 0 || !this.#blocks.check(host, version === 6 ? 'ipv6' : 'ipv4')) return;
    throw new FluxError(
      'ERR_ADDRESS_REFUSED',
      `It leads to ${host}, which is not to be connected to.`,
    );
  }
}

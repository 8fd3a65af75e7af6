// The servers that have this one as a node, as the setting `federation_homes` keeps them: one per key.
import {
  type Check,
  checkOptions,
  integer,
  invalidArgument,
  list,
  text,
  uuid,
} from '../arguments/index.js';
import type { ConfigStore } from '../config/index.js';
import { FluxError } from '../errors.js';
import { plainText } from './plain-text.js';

/** What another server says of itself when it takes this one in. */
export interface HomePairing {
  /** Its UUID. */
  homeId: string;
  /** What it calls itself; 1 to 100 characters. */
  name: string;
  /** Of its pages, as `URL.origin` has them, https alone; at most 16. */
  origins: readonly string[];
}

/** A server that has this one as a node. */
export interface PairedHome extends HomePairing {
  /** Of the API key that it shows; no other home has the same. */
  keyId: string;
  /** UTC milliseconds. */
  pairedAt: number;
  /** UTC milliseconds, to the minute: of its last request. */
  lastSeenAt: number;
}

/** As it is kept: when it was last seen its key knows. */
export type StoredHome = Omit<PairedHome, 'lastSeenAt'> & {
  /** Of the key, UTC milliseconds. */
  expiresAt?: number;
};

const SETTING = 'federation_homes';
const MAX_HOMES = 100;
const MAX_ORIGINS = 16;

export class PairedHomes {
  readonly #store: ConfigStore;
  /** By key. */
  #homes: Map<string, StoredHome>;

  constructor(store: ConfigStore) {
    this.#store = store;
    const stored = (store.setting(SETTING) ?? []) as StoredHome[];
    this.#homes = new Map(stored.map((home) => [home.keyId, home]));
  }

  /** Oldest first. */
  list(): StoredHome[] {
    return [...this.#homes.values()];
  }

  get(keyId: string): StoredHome | undefined {
    return this.#homes.get(keyId);
  }

  /** `ERR_LIMIT`. */
  set(home: StoredHome): void {
    if (!this.#homes.has(home.keyId) && this.#homes.size >= MAX_HOMES) {
      throw new FluxError(
        'ERR_LIMIT',
        `${MAX_HOMES} servers have this one already. End one first.`,
      );
    }
    this.#write(new Map(this.#homes).set(home.keyId, home));
  }

  /** False where there is none. */
  delete(keyId: string): boolean {
    const homes = new Map(this.#homes);
    if (!homes.delete(keyId)) return false;
    this.#write(homes);
    return true;
  }

  /** Exactly as `URL.origin` has it, of a home whose key is good. */
  hasOrigin(origin: string): boolean {
    const now = Date.now();
    return this.list().some(
      ({ origins, expiresAt }) => origins.includes(origin) && now < (expiresAt ?? now + 1),
    );
  }

  #write(homes: Map<string, StoredHome>): void {
    this.#store.setSetting(SETTING, [...homes.values()]);
    this.#homes = homes;
  }
}

/** The host is a name or an address: URLs take a `*`, which rules for pages take for any. */
const ORIGIN = /^https:\/\/(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d+)?$/;

/** Of a page, https: as `URL.origin` has it, so that equal ones are equal texts. */
export const pageOrigin: Check<string> = (name, value) => {
  const given = text(9, 300)(name, value);
  const origin = URL.canParse(given) ? new URL(given).origin : '';
  const isOne = ORIGIN.test(origin) && origin === given.toLowerCase().replace(/:443$/, '');
  if (isOne) return origin;
  throw invalidArgument(name, 'an origin such as https://nvr.example:8443', value);
};

/** Of strangers, fit to be shown: 1 to `max` characters are left. */
export function shownText(max: number): Check<string> {
  return (name, value) => {
    const shown = plainText(text(1, max)(name, value), max);
    if (shown !== '') return shown;
    throw invalidArgument(name, 'text that can be shown', value);
  };
}

export function checkPairing(where: string, pairing: HomePairing): HomePairing {
  return checkOptions(where, pairing, {
    homeId: uuid,
    name: shownText(100),
    origins: (name, value) => {
      const given = list(name, value).map((each) => pageOrigin(name, each));
      integer(0, MAX_ORIGINS)(`${name}: length`, given.length);
      return [...new Set(given)];
    },
  });
}

// Tells the network of this server by multicast DNS once it listens, and hears which others there are.
import { BlockList, isIP, isIPv4 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { Discovery, type DiscoveryOptions, type PublishedServer } from '@fluxvision/core';
import type { Config } from '../config/index.js';
import type { Nvr, Service } from '../nvr.js';
import { discoveryInfo } from '../routes/discovery.js';

/** What it does, and for tests where. */
export type AnnounceOptions = Omit<DiscoveryOptions, 'serverId'> & {
  announce: boolean;
  browse: boolean;
};

/** Many cameras that are added one after another are told of at once. */
const TOGETHER_MS = 500;

const running = new WeakMap<Nvr, Discovery>();

/** What is heard now; undefined while the keys are locked, or where the settings want neither. */
export function discoveryOf(nvr: Nvr): Discovery | undefined {
  return running.get(nvr);
}

/** Begins it with the open parts, now and whenever they open again. */
export function serveDiscovery(nvr: Nvr): Promise<void> {
  return nvr.addService('discovery', async () => followSettings(nvr));
}

/** Does what the settings want, also where they change meanwhile. `where`: for tests. */
export function followSettings(nvr: Nvr, where: Omit<DiscoveryOptions, 'serverId'> = {}): Service {
  let options = optionsOf(nvr.config);
  let running = startDiscovery(nvr, { ...options, ...where });
  let turn = Promise.resolve();
  const begin = async () => {
    await running.close();
    running = startDiscovery(nvr, { ...options, ...where });
  };
  const onReconfigured = () => {
    const next = optionsOf(nvr.config);
    if (isDeepStrictEqual(next, options)) return;
    options = next;
    turn = turn.then(begin).catch((error) => nvr.log.error({ err: error }, 'discovery'));
  };
  nvr.on('reconfigured', onReconfigured);
  return {
    close: async () => {
      nvr.off('reconfigured', onReconfigured);
      await turn;
      await running.close();
    },
  };
}

export function startDiscovery(nvr: Nvr, options: AnnounceOptions): Service {
  const { announce, browse, ...where } = options;
  if (!announce && !browse) return { close: async () => {} };
  const discovery = new Discovery({ serverId: nvr.server.id, ...where });
  running.set(nvr, discovery);
  discovery.on('failed', (failure) => nvr.log.warn(failure, 'no discovery on an interface'));
  discovery.on('renamed', (instance) => nvr.log.warn({ instance }, 'its name is taken'));
  for (const news of ['up', 'changed'] as const) {
    discovery.on(news, ({ serverId }) => void nvr.emit('heard', serverId));
  }
  if (browse) discovery.browse();
  const stop = announce ? keepAnnounced(nvr, discovery) : () => {};
  return {
    close: async () => {
      stop();
      running.delete(nvr);
      await discovery.close();
    },
  };
}

/** Returns what ends it. */
function keepAnnounced(nvr: Nvr, discovery: Discovery): () => void {
  let soon: NodeJS.Timeout | undefined;
  const tell = () => {
    clearTimeout(soon);
    soon = undefined;
    const server = publishedOf(nvr);
    if (discovery.instance !== undefined) discovery.update(server);
    else if (server.httpPort !== 0) discovery.publish(server);
  };
  const onChanged = () => {
    soon ??= setTimeout(tell, TOGETHER_MS);
  };
  nvr.on('changed', onChanged);
  nvr.on('listening', tell);
  nvr.on('renamed', onChanged);
  tell();
  return () => {
    clearTimeout(soon);
    nvr.off('changed', onChanged);
    nvr.off('listening', tell);
    nvr.off('renamed', onChanged);
  };
}

function publishedOf(nvr: Nvr): PublishedServer {
  const { serverId: _, ...info } = discoveryInfo(nvr);
  return { ...info, tls: true };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Nothing is announced that others cannot reach; with an address of its own only where that is. */
export function optionsOf({ federation = {}, listen = {} }: Config): AnnounceOptions {
  const { announce = true, browse = true } = federation;
  const { address = '0.0.0.0' } = listen;
  const isHidden =
    address === 'localhost' ||
    (isIP(address) !== 0 && loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'));
  const isOne = isIPv4(address) && address !== '0.0.0.0' && !isHidden;
  return { announce: announce && !isHidden, browse, ...(isOne && { interfaces: [address] }) };
}

// Servers on machines of their own, in a network that nothing leads out of, and a browser at a desk of its
// own: they find each other, one takes another in, and its page shows cameras of both.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMakeNetworks } from '../support/network.js';
import { until } from './support/journey.js';
import { type Site, type Sites, startSites } from './support/sites.js';

describe.runIf(canMakeNetworks)('servers of one company', () => {
  let all: Sites;
  let home: Site;
  let warehouse: Site;

  beforeAll(async () => {
    all = await startSites([
      { name: 'Home', cameras: 1 },
      { name: 'Warehouse', cameras: 1 },
    ]);
    [home, warehouse] = all.sites as [Site, Site];
  });
  afterAll(() => all?.close());

  it('find each other', async () => {
    const found = await until(async () => {
      const { json } = await home.ask('GET', '/api/system/nodes/discovered');
      return json.items.find(({ serverId }: { serverId: string }) => serverId === warehouse.id);
    });
    expect(found).toMatchObject({ name: 'Warehouse', urls: [warehouse.url], known: false });
  });
});

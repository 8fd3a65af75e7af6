// Arrangements of the camera grid: each user's own, and those that an administrator shares.
import { splitFederatedId } from '@fluxvision/core';
import { Type } from 'typebox';
import { GridLayout } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import { federationOf } from '../federation/federation.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { answers, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

/** A layout, and whose it is. */
interface StoredLayout extends GridLayout {
  owner: string;
}

const SETTING = 'layouts';
const MAX_OWN = 50;
const MAX_ALL = 2000;
const config = { access: { permission: 'any' } } as const;
const params = Type.Object({ id: GridLayout.properties.id });

export async function layoutRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get(
    '/api/layouts',
    { config, schema: { response: answers(listOf(GridLayout)) } },
    async ({ caller }) => ({ items: visible(nvr, caller as Caller) }),
  );

  app.put(
    '/api/layouts/:id',
    { config, schema: { params, body: GridLayout, response: answers(GridLayout) } },
    async ({ caller, params: { id }, body }) => {
      const who = caller as Caller;
      save(nvr, who, [{ ...body, id }]);
      return shownTo(nvr, who)({ ...body, id, owner: ownerOf(who) });
    },
  );

  // All own layouts at once; shared ones of others stay.
  app.put(
    '/api/layouts',
    {
      config,
      schema: {
        body: Type.Object({ items: Type.Array(GridLayout, { maxItems: MAX_OWN }) }),
        response: answers(listOf(GridLayout)),
      },
    },
    async ({ caller, body }) => {
      const who = caller as Caller;
      const kept = new Set(body.items.map(({ id }) => id));
      const others = all(nvr).filter((one) => one.owner !== ownerOf(who) || kept.has(one.id));
      save(nvr, who, body.items, others);
      return { items: visible(nvr, who) };
    },
  );

  app.delete(
    '/api/layouts/:id',
    { config, schema: { params, response: nothing } },
    async ({ caller, params: { id } }, reply) => {
      const who = caller as Caller;
      const layouts = all(nvr);
      const found = layouts.find((one) => one.id === id && mayChange(who, one));
      if (!found) throw refusal('ERR_LAYOUT_NOT_FOUND', `There is no layout '${id}' of yours.`);
      nvr.store.setSetting(
        SETTING,
        layouts.filter((one) => one !== found),
      );
      nvr.emit('changed', 'layouts', id);
      return reply.code(204).send(null);
    },
  );
}

function save(nvr: Nvr, who: Caller, layouts: readonly GridLayout[], before = all(nvr)): void {
  const owner = ownerOf(who);
  const next = [...before];
  for (const layout of layouts) {
    if (layout.shared && !who.may('admin')) {
      throw refusal('ERR_FORBIDDEN', 'Only administrators share layouts.');
    }
    const at = next.findIndex(({ id }) => id === layout.id);
    const present = next[at];
    if (!present) next.push({ ...layout, owner });
    else if (mayChange(who, present)) next[at] = { ...layout, owner: present.owner };
    else throw refusal('ERR_LAYOUT_EXISTS', `The id '${layout.id}' is taken. Use another one.`);
  }
  const mine = next.filter((one) => one.owner === owner).length;
  if (mine > MAX_OWN || next.length > MAX_ALL) {
    throw refusal('ERR_LIMIT', `There are ${MAX_OWN} layouts at most. Delete one first.`);
  }
  nvr.store.setSetting(SETTING, next);
  nvr.emit('changed', 'layouts');
}

function visible(nvr: Nvr, who: Caller): GridLayout[] {
  const owner = ownerOf(who);
  return all(nvr)
    .filter((one) => one.shared || one.owner === owner)
    .map(shownTo(nvr, who));
}

/** Tiles of cameras that the user may not see are empty: their ids are nobody else's business. */
function shownTo(nvr: Nvr, who: Caller) {
  return ({ owner: _, ...layout }: StoredLayout): GridLayout => ({
    ...layout,
    tiles: layout.tiles.map(({ cameraId, ...tile }) => ({
      ...tile,
      ...(cameraId !== undefined &&
        isKnown(nvr, cameraId) &&
        who.may('live', cameraId) && { cameraId }),
    })),
  });
}

/** Here, or of a server that is in the list: whether it is there just now is not asked. */
function isKnown(nvr: Nvr, cameraId: string): boolean {
  const place = splitFederatedId(cameraId);
  return place ? federationOf(nvr).registry.has(place.nodeId) : nvr.cameras.has(cameraId);
}

function all(nvr: Nvr): StoredLayout[] {
  return (nvr.store.setting(SETTING) ?? []) as StoredLayout[];
}

function mayChange(who: Caller, layout: StoredLayout): boolean {
  return layout.owner === ownerOf(who) || (layout.shared && who.may('admin'));
}

function ownerOf(who: Caller): string {
  if (who.session) return who.session.userId;
  throw refusal('ERR_FORBIDDEN', 'An API key has no layouts.');
}

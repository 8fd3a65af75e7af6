// Who may use a route: declared with each route, and enforced here before anything else looks at the
// request. A route without a declaration, or without a schema of its answer, keeps the server from starting.

import { type Permission, splitFederatedId } from '@fluxvision/core';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { ApiKeyScope } from '../../protocol/index.js';
import { requireRemoteCamera } from '../federation/remote-cameras.js';
import type { Nvr } from '../nvr.js';
import { cameraNotFound, refusal } from '../problem.js';
import { type Caller, callerOf } from './caller.js';
import { requireOwnOrigin } from './origin.js';

/** Where a request names the cameras that it is about; lists are separated by commas in a query. */
export type CameraPlace =
  | 'params.id'
  | 'params.cameraId'
  | 'query.camera'
  | 'query.cameras'
  | 'body.cameras'
  | 'body.cameraId';

/** `config.access` of a route. */
export type Access =
  | { public: true }
  | {
      /** `any`: whoever is logged in. */
      permission: Permission | 'any';
      /**
       * Each camera named there is checked: one that the caller may not know of is answered as one that
       * does not exist (404). Where it is absent the route looks at cameras itself.
       */
      camera?: CameraPlace;
      /** API keys with this scope may use it, too. */
      apiKey?: ApiKeyScope;
      /** Works for users who have to change their password first. */
      beforePasswordChange?: true;
      /**
       * WebSockets: a client without credentials is let in and has to show them with its first message
       * (`caller` is undefined until then). Wrong ones are refused here.
       */
      deferred?: true;
    };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; undefined on public routes, and on deferred ones without credentials. */
    caller: Caller | undefined;
  }
}

/** A line of the route table. */
export interface RouteEntry {
  method: string;
  url: string;
  access: Access;
  websocket: boolean;
}

const tables = new WeakMap<object, RouteEntry[]>();

/** All routes of an application, for the matrix of routes and roles. */
export function routeTable(app: FastifyInstance): readonly RouteEntry[] {
  return tables.get(app) ?? [];
}

/** Puts the checks in front of every route that is added from now on. */
export function enforceAccess(app: FastifyInstance, nvr: Nvr): void {
  const table: RouteEntry[] = [];
  tables.set(app, table);
  app.decorateRequest('caller', undefined);
  app.addHook('onRoute', (route) => {
    table.push(...declared(route));
  });
  app.addHook('onRequest', async (request) => {
    requireOwnOrigin(request, nvr);
    const { access } = request.routeOptions.config;
    // What no route answers.
    if (!access || 'public' in access) return;
    const caller = await callerOf(request, nvr);
    if (!caller) {
      if (access.deferred) return;
      throw refusal('ERR_SESSION', 'Log in first.');
    }
    if (caller.mustChangePassword && !access.beforePasswordChange) {
      const what = 'Change the password first: PUT /api/account/password.';
      throw refusal('ERR_PASSWORD_CHANGE_REQUIRED', what);
    }
    if (!caller.allows(access)) throw refusal('ERR_FORBIDDEN', 'Your rights do not cover this.');
    request.caller = caller;
  });
  app.addHook('preHandler', async (request) => {
    const { access } = request.routeOptions.config;
    if (!access || 'public' in access || !access.camera || !request.caller) return;
    for (const id of camerasOf(request, access.camera)) {
      requireCamera(nvr, request.caller, access.permission, id);
    }
  });
}

/**
 * `ERR_CAMERA_NOT_FOUND` for a camera that is not there or that the caller may not know of;
 * `ERR_FORBIDDEN` where only this permission is missing. Cameras of other servers, too. For routes and sockets that name cameras
 * elsewhere than in {@link Access.camera}.
 */
export function requireCamera(
  nvr: Nvr,
  caller: Pick<Caller, 'may' | 'session'>,
  permission: Permission | 'any',
  id: string,
): void {
  if (splitFederatedId(id)) {
    requireRemoteCamera(nvr, caller, permission, id);
    return;
  }
  const archived = permission === 'archive' || permission === 'export';
  const exists = nvr.cameras.has(id) || (archived && nvr.cameras.hasFootage(id));
  const knows = caller.may('live', id) || caller.may('archive', id);
  if (!exists || !knows) throw cameraNotFound(id);
  const needed = permission === 'export' ? (['archive', 'export'] as const) : [permission];
  if (needed.some((one) => one !== 'any' && !caller.may(one, id))) {
    throw refusal('ERR_FORBIDDEN', `Your rights do not cover this for camera '${id}'.`);
  }
}

function declared(route: RouteOptions): RouteEntry[] {
  const methods = [route.method].flat();
  const { config, schema, url } = route;
  const websocket = (route as { websocket?: boolean }).websocket === true;
  const access = config?.access;
  // The preflight of @fastify/cors answers nothing but headers.
  if (!access && url === '*' && methods.every((method) => method === 'OPTIONS')) return [];
  const name = `${methods.join(',')} ${url}`;
  if (!access) throw new Error(`${name} declares no access (config.access).`);
  const response = (schema as { response?: object } | undefined)?.response;
  if (!websocket && (!response || Object.keys(response).length === 0)) {
    throw new Error(`${name} declares no schema of its response.`);
  }
  return methods.map((method) => ({ method, url, access, websocket }));
}

const MAX_CAMERAS = 1000;

function camerasOf(request: FastifyRequest, place: CameraPlace): string[] {
  const [part, name] = place.split('.') as ['params' | 'query' | 'body', string];
  const holder = request[part] as Record<string, unknown> | undefined;
  const value = holder?.[name];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map(String);
  const text = String(value);
  if (part !== 'query') return [text];
  // All of them: what is not checked here the route would still answer.
  const ids = [...new Set(text.split(','))];
  if (ids.length <= MAX_CAMERAS) return ids;
  throw refusal('ERR_LIMIT', `A request names ${MAX_CAMERAS} cameras at most.`);
}

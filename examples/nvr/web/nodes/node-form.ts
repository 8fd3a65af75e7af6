// What the form of a node holds, what is wrong in it, and what the server is told of it.
import type { RemoteNode, RemoteNodeChange } from '../../protocol/index.js';
import { serverOrigin } from '../servers/server-list.js';

export interface NodeDraft {
  label: string;
  url: string;
  directUrl: string;
  apiKey: string;
  group: string;
  priority: string;
  favourite: boolean;
  enabled: boolean;
}

/** By field, a name of the catalog `nodes`, `error`. */
export type NodeErrors = Partial<Record<keyof NodeDraft, 'label' | 'url' | 'apiKey' | 'priority'>>;

/** No key is shorter. */
export const LEAST_KEY = 20;

export function draftOf(node: RemoteNode): NodeDraft {
  const { label, url, directUrl = '', group = '', favourite, enabled } = node;
  const priority = String(node.priority);
  return { label, url, directUrl, apiKey: '', group, priority, favourite, enabled };
}

export function errorsOf(draft: NodeDraft): NodeErrors {
  const errors: NodeErrors = {};
  if (draft.label.trim() === '') errors.label = 'label';
  if (serverOrigin(draft.url) === undefined) errors.url = 'url';
  const direct = draft.directUrl.trim();
  if (direct !== '' && serverOrigin(direct) === undefined) errors.directUrl = 'url';
  const key = draft.apiKey.trim();
  if (key !== '' && key.length < LEAST_KEY) errors.apiKey = 'apiKey';
  const priority = Number(draft.priority);
  const isWhole = draft.priority.trim() !== '' && Number.isInteger(priority);
  if (!isWhole || Math.abs(priority) > 100) errors.priority = 'priority';
  return errors;
}

/** What differs; of a draft without errors. */
export function changeOf(node: RemoteNode, draft: NodeDraft): RemoteNodeChange {
  const next = {
    label: draft.label.trim(),
    url: serverOrigin(draft.url) ?? node.url,
    directUrl: originOrNone(draft.directUrl),
    group: draft.group.trim(),
    priority: Number(draft.priority),
    favourite: draft.favourite,
    enabled: draft.enabled,
  };
  const before = { directUrl: '', group: '', ...node };
  const names = Object.keys(next) as (keyof typeof next)[];
  const changed = names.filter((name) => next[name] !== before[name]);
  const key = draft.apiKey.trim();
  return {
    ...Object.fromEntries(changed.map((name) => [name, next[name]])),
    ...(key !== '' && { apiKey: key }),
  };
}

/** The page's security policy has to know of it. */
export function movesOf(node: RemoteNode, draft: NodeDraft): boolean {
  const { url, directUrl, enabled } = changeOf(node, draft);
  return url !== undefined || directUrl !== undefined || enabled === true;
}

function originOrNone(text: string): string {
  return text.trim() === '' ? '' : (serverOrigin(text) ?? '');
}

// The footage of all nodes by time: each is asked within the deadline, and who fails is labelled.
import {
  checkOptions,
  federatedId,
  integer,
  invalidArgument,
  list,
  oneOf,
  optional,
  splitFederatedId,
  text,
  time,
} from '../arguments/index.js';
import type {
  FederatedRecording,
  FederatedRecordingQuery,
  FederatedRecordings,
  NodeAnswer,
  RecordingSource,
} from './answers.js';
import { disabled, faultOf, noNode } from './fault.js';
import type { NodeLink } from './node-link.js';
import type { NodeLinks } from './node-links.js';
import { targetOf } from './node-path.js';
import { late } from './pinned-agent.js';
import { readRecordings } from './read-answers.js';
import { mergeRecordings } from './recordings-merge.js';

const OWN = 'own';
const MAX_CAMERAS = 1000;
/** Of the ids in a query; for more than that all cameras are asked for. */
const MAX_QUERY_CHARACTERS = 4000;

const QUERY = {
  cameras: optional(list),
  start: optional(time),
  end: optional(time),
  first: optional(oneOf('newest', 'oldest'), 'newest' as const),
  limit: optional(integer(1, 1000), 200),
  cursor: optional(text(1, 8192)),
  own: optional((name, value) => {
    if (typeof value !== 'function') throw invalidArgument(name, 'a function', value);
    return value as RecordingSource;
  }),
} as const;

/** What was asked of a node. */
interface Asked {
  link: NodeLink;
  tookMs: number;
  /** Federated ids of those of its cameras that it does not have. */
  missing: ReadonlySet<string>;
}

export async function findRecordings(
  links: NodeLinks,
  request: FederatedRecordingQuery,
  deadlineMs: number,
): Promise<FederatedRecordings> {
  const query = checkOptions('FederationClient.recordings', request, QUERY);
  const { own, cameras, start, end, first, limit, cursor } = query;
  const wanted = cameras === undefined ? undefined : byNode(cameras);
  const refused: NodeAnswer[] = [];
  const asked = new Map<string, Asked>();
  const sources = new Map<string, RecordingSource>();
  for (const id of wanted?.keys() ?? links.all().map(({ node }) => node.id)) {
    const link = links.find(id);
    if (link?.node.enabled) {
      const one: Asked = { link, tookMs: 0, missing: new Set() };
      asked.set(id, one);
      sources.set(id, sourceOf(one, wanted?.get(id), deadlineMs));
    } else if (wanted) {
      const label = link?.node.label ?? id;
      const { code, message } = link ? disabled(label) : noNode(id);
      refused.push({ id, label, status: 'error', tookMs: 0, error: { code, message } });
    }
  }
  if (own) sources.set(OWN, own);
  const range = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
  const page = await mergeRecordings(sources, {
    ...{ ...range, first, limit },
    ...(cursor !== undefined && { cursor }),
  });
  if (page.failed.has(OWN)) throw page.failed.get(OWN);
  const missing = [...asked.values()].flatMap((one) => [...one.missing]);
  return {
    items: page.items.map(({ source, row }) => labelled(row, asked.get(source)?.link)),
    nodes: [...[...asked].map(([id, one]) => answerOf(one, page.failed.get(id))), ...refused],
    ...(page.cursor !== undefined && { cursor: page.cursor }),
    ...(missing.length > 0 && { missing }),
  };
}

function byNode(cameras: readonly unknown[]): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  if (cameras.length > MAX_CAMERAS) throw invalidArgument('cameras', 'at most 1000 ids', cameras);
  for (const camera of cameras) {
    const split = splitFederatedId(String(camera));
    if (!split) throw invalidArgument('cameras', 'ids of cameras of nodes', camera);
    const ids = wanted.get(split.nodeId) ?? new Set();
    wanted.set(split.nodeId, ids.add(split.id));
  }
  return wanted;
}

function sourceOf(
  asked: Asked,
  cameras: ReadonlySet<string> | undefined,
  deadlineMs: number,
): RecordingSource {
  const since = performance.now();
  const joined = [...(cameras ?? [])].join(',');
  const isNamed = joined !== '' && joined.length <= MAX_QUERY_CHARACTERS;
  return async ({ first, limit, start, end, cursor }) => {
    const left = Math.round(since + deadlineMs - performance.now());
    if (left <= 0) throw late(asked.link.node.url, deadlineMs);
    const named = isNamed ? { cameras: joined } : {};
    const path = targetOf('/api/federation/recordings', {
      ...{ first, limit, start, end, cursor, ...named },
    });
    try {
      const { body } = await asked.link.ask({ method: 'GET', path, deadlineMs: left });
      const { missing, ...page } = readRecordings(body, { first, limit });
      if (!cameras) return page;
      const { id } = asked.link.node;
      const own = missing.filter((one) => cameras.has(one)).map((one) => federatedId(id, one));
      asked.missing = new Set([...asked.missing, ...own]);
      return { ...page, items: page.items.filter(({ cameraId }) => cameras.has(cameraId)) };
    } finally {
      asked.tookMs = Math.round(performance.now() - since);
    }
  };
}

function labelled(row: FederatedRecording, link: NodeLink | undefined): FederatedRecording {
  if (!link) return row;
  const { id, label } = link.node;
  return {
    ...row,
    id: federatedId(id, row.id),
    cameraId: federatedId(id, row.cameraId),
    node: { id, label },
  };
}

function answerOf({ link, tookMs }: Asked, failure: unknown): NodeAnswer {
  const { id, label } = link.node;
  if (failure === undefined) return { id, label, status: 'ok', tookMs };
  const left = 'It failed on a page before, and is left out of this search. Search again.';
  const { code, message } =
    typeof failure === 'string' ? { code: failure, message: left } : faultOf(failure);
  return { id, label, status: 'error', tookMs, error: { code, message } };
}

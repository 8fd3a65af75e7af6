// The cameras of all nodes: what is known, at once, with how old it is; and a moment's wait for the rest.
import { federatedId } from '../arguments/index.js';
import type { Aggregate, FederatedCamera, NodeAnswer } from './answers.js';
import type { NodeLink } from './node-link.js';
import type { NodeLinks } from './node-links.js';
import { late } from './pinned-agent.js';

/** Within `deadlineMs`, whatever a node does. */
export async function collectCameras(
  links: NodeLinks,
  deadlineMs: number,
): Promise<Aggregate<FederatedCamera>> {
  const enabled = links.all().filter(({ node }) => node.enabled);
  const answers = await Promise.all(enabled.map((link) => collect(link, deadlineMs)));
  return {
    items: answers.flatMap(({ items }) => items),
    nodes: answers.map(({ node }) => node),
  };
}

async function collect(link: NodeLink, deadlineMs: number) {
  const start = performance.now();
  const isDue = link.breaker.isRested && !link.isPaused;
  if (!link.cameras && (isDue || link.isPolling)) await within(link.poll(), deadlineMs);
  else if (link.isStale && isDue) void link.poll();
  return { items: camerasOf(link), node: answerOf(link, performance.now() - start, deadlineMs) };
}

function camerasOf(link: NodeLink): FederatedCamera[] {
  const { id, label } = link.node;
  const asOf = link.asOf ?? 0;
  return (link.cameras ?? []).map((camera) => ({
    ...camera,
    id: federatedId(id, camera.id),
    node: { id, label, asOf },
  }));
}

function answerOf(link: NodeLink, took: number, deadlineMs: number): NodeAnswer {
  const { id, label, url } = link.node;
  const { fault, asOf } = link;
  const known = { id, label, tookMs: Math.round(took), ...(asOf !== undefined && { asOf }) };
  if (link.cameras && !link.isStale) return { ...known, status: 'ok' };
  const { code, message } = fault ?? late(url, deadlineMs);
  return { ...known, status: link.cameras ? 'stale' : 'error', error: { code, message } };
}

/** Whichever is first; what is late goes on for the next who asks. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

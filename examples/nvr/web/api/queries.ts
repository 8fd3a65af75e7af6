// What several pages ask a server for. Keys begin with the server's id: tabs do not mix.
import {
  QueryClient,
  queryOptions,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import type { CameraView, GridLayout } from '../../protocol/cameras.js';
import type { CameraList, NodeAnswer } from '../../protocol/index.js';
import type { SystemStats } from '../../protocol/system.js';
import type { Trouble } from '../../protocol/values.js';
import { ApiProblem } from './problem.js';
import type { ServerConnection } from './server-connection.js';
import { useServer, useServers } from './servers.js';
import type { MessageOf } from './socket.js';

/** `['home', 'cameras', ...]`; the second member is what the message `changed` names. */
export type QueryKey = readonly [server: string, what: string, ...rest: unknown[]];

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // The server's own refusals do not change by asking again.
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiProblem) || error.status === 0),
        refetchOnWindowFocus: true,
      },
    },
  });
}

/** Lists come bare or as a page, `{ items, cursor }`. */
export function itemsOf<T>(answer: readonly T[] | { items: readonly T[] }): readonly T[] {
  return 'items' in answer ? answer.items : answer;
}

/** Those that the pages show: of the node whose tab was chosen, or all of the server. */
export function useCameras() {
  const { node } = useServers();
  const select = useCallback(
    ({ items }: CameraAnswers) =>
      node === undefined ? items : items.filter((camera) => camera.node?.id === node),
    [node],
  );
  return useQuery({ ...camerasOf(useServer()), select });
}

/** Those of the server and of all its nodes, whatever the pages show. */
export function useAllCameras() {
  return useQuery({ ...camerasOf(useServer()), select: itemsOfCameras });
}

/** How the cameras of the nodes came about. */
export function useNodeAnswers(): readonly NodeAnswer[] {
  return useQuery({ ...camerasOf(useServer()), select: nodesOfCameras }).data ?? [];
}

/** A camera of another server with that server's name. */
export function cameraWords({ name, node }: Pick<CameraView, 'name' | 'node'>): string {
  return node ? `${name} · ${node.label}` : name;
}

/** By `server id`, a space and `camera id`; of servers that do not answer there are none. */
export function useCameraNames(servers: readonly ServerConnection[]): Map<string, string> {
  const answers = useQueries({ queries: servers.map(camerasOf) });
  return new Map(
    answers.flatMap(({ data }, i) =>
      (data?.items ?? []).map(
        (camera) => [`${servers[i]?.id} ${camera.id}`, cameraWords(camera)] as const,
      ),
    ),
  );
}

interface CameraAnswers {
  items: readonly CameraView[];
  nodes: readonly NodeAnswer[];
}

const itemsOfCameras = ({ items }: CameraAnswers) => items;
const nodesOfCameras = ({ nodes }: CameraAnswers) => nodes;

function camerasOf(server: ServerConnection) {
  return queryOptions({
    queryKey: [server.id, 'cameras'],
    queryFn: async ({ signal }): Promise<CameraAnswers> => {
      const answer = await server.api.get<CameraView[] | CameraList>('/api/cameras', { signal });
      return { items: itemsOf(answer), nodes: 'nodes' in answer ? (answer.nodes ?? []) : [] };
    },
    refetchInterval: 15_000,
  });
}

export function useLayouts() {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'layouts'],
    queryFn: async ({ signal }) =>
      itemsOf(
        await server.api.get<GridLayout[] | { items: GridLayout[] }>('/api/layouts', { signal }),
      ),
  });
}

/** What is wrong with the server and its cameras. */
export function useTroubles() {
  const server = useServer();
  return useQuery({
    queryKey: [server.id, 'troubles'],
    queryFn: async ({ signal }): Promise<readonly Trouble[]> =>
      (await server.api.get<SystemStats>('/api/system/stats', { signal })).troubles,
    refetchInterval: 30_000,
  });
}

const ALSO_CHANGES: Partial<Record<MessageOf<'changed'>['what'], readonly string[]>> = {
  cameras: ['troubles'],
  storage: ['troubles'],
  keys: ['troubles'],
  nodes: ['cameras', 'health'],
};

/** A server says of each camera by itself that it changed: what is asked for again waits for more. */
const GATHER_MS = 400;

/** Asks again for what a server says has changed. Once, in the shell. */
export function useChangedQueries(): void {
  const client = useQueryClient();
  const { all } = useServers();
  useEffect(() => {
    const gathered = new Map<string, QueryKey>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      timer = undefined;
      for (const queryKey of gathered.values()) void client.invalidateQueries({ queryKey });
      gathered.clear();
    };
    const stops = all.map((server) =>
      server.onMessage((message) => {
        if (message.type !== 'changed') return;
        for (const what of [message.what, ...(ALSO_CHANGES[message.what] ?? [])]) {
          gathered.set(`${server.id} ${what}`, [server.id, what]);
        }
        timer ??= setTimeout(ask, GATHER_MS);
      }),
    );
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [all, client]);
}

// Exports that users of this server have made by others: who asked for which is kept here, the jobs and
// their files are at the servers that hold the footage.
import { type ConfigStore, federatedId, isFluxError, splitFederatedId } from '@fluxvision/core';
import { Type } from 'typebox';
import { ExportJob, type ExportRequest } from '../../protocol/index.js';
import type { Exporter } from '../exports/export-jobs.js';
import { refusal } from '../problem.js';
import type { Federation } from './federation.js';
import { askNode, askNodes } from './node-answers.js';
import type { RemotePlace } from './remote-cameras.js';

/** Whose a job at another server is. */
interface Owned {
  /** Federated. */
  id: string;
  userId: string;
  username: string;
  cameras: string[];
  createdAt: number;
}

const SETTING = 'remote_exports';
const MAX_KEPT = 500;
const Jobs = Type.Object({ items: Type.Array(ExportJob) });

export class RemoteExports {
  readonly #federation: Federation;
  readonly #store: ConfigStore;

  constructor(federation: Federation, store: ConfigStore) {
    this.#federation = federation;
    this.#store = store;
  }

  /** `request.cameras` are all of one other server; `ERR_INVALID_ARGUMENT` otherwise. */
  async create(request: ExportRequest, by: Exporter): Promise<ExportJob> {
    const places = request.cameras.map((id) => splitFederatedId(id));
    const [nodeId, ...others] = new Set(places.map((place) => place?.nodeId));
    if (nodeId === undefined || others.length > 0) {
      const what = 'An export holds cameras of one server. Make one for each server.';
      throw refusal('ERR_INVALID_ARGUMENT', what);
    }
    const cameras = places.flatMap((place) => place?.id ?? []);
    const job = await askNode(
      this.#federation,
      nodeId,
      {
        ...{ method: 'POST', path: '/api/recordings/export' },
        body: { ...request, cameras, onBehalfOf: by.username },
      },
      ExportJob,
    );
    const made = this.#named(nodeId, job, by.username);
    this.#keep([
      ...this.#owned(),
      { id: made.id, ...by, cameras: made.cameras, createdAt: Date.now() },
    ]);
    return made;
  }

  /** Of one user, or of all; those of servers that do not answer are missing. */
  async list(userId: string | undefined): Promise<ExportJob[]> {
    const mine = this.#owned().filter((one) => userId === undefined || one.userId === userId);
    const nodes = new Set(mine.map(({ id }) => splitFederatedId(id)?.nodeId as string));
    const { registry } = this.#federation;
    const outcomes = await askNodes(
      this.#federation,
      [...nodes].filter((id) => registry.has(id)),
      (nodeId) => askNode(this.#federation, nodeId, { method: 'GET', path: '/api/exports' }, Jobs),
    );
    const byId = new Map(mine.map((one) => [one.id, one]));
    return outcomes.flatMap(({ nodeId, value }) =>
      (value?.items ?? []).flatMap((job) => {
        const owned = byId.get(federatedId(nodeId, job.id));
        return owned ? [this.#named(nodeId, job, owned.username)] : [];
      }),
    );
  }

  /** Whose it is, and where; undefined for what nobody here has made. */
  find(id: string): (Owned & { place: RemotePlace }) | undefined {
    const owned = this.#owned().find((one) => one.id === id);
    const place = splitFederatedId(id);
    return owned && place && { ...owned, place };
  }

  async get({ place, username }: { place: RemotePlace; username: string }): Promise<ExportJob> {
    const path = `/api/exports/${encodeURIComponent(place.id)}`;
    const job = await askNode(this.#federation, place.nodeId, { method: 'GET', path }, ExportJob);
    return this.#named(place.nodeId, job, username);
  }

  /** Also where it is gone there. */
  async remove({ id, place }: { id: string; place: RemotePlace }): Promise<void> {
    const path = `/api/exports/${encodeURIComponent(place.id)}`;
    try {
      await this.#federation.client.request(place.nodeId, { method: 'DELETE', path });
    } catch (error) {
      if (!isFluxError(error, 'ERR_NOT_FOUND')) throw error;
    }
    this.#keep(this.#owned().filter((one) => one.id !== id));
  }

  #named(nodeId: string, job: ExportJob, username: string): ExportJob {
    const name = (id: string) => federatedId(nodeId, id);
    const { footage } = job;
    return {
      ...{ ...job, id: name(job.id), cameras: job.cameras.map(name), username },
      ...(footage && {
        footage: footage.map((one) => ({ ...one, cameraId: name(one.cameraId) })),
      }),
    };
  }

  #owned(): Owned[] {
    return (this.#store.setting(SETTING) ?? []) as Owned[];
  }

  #keep(owned: Owned[]): void {
    this.#store.setSetting(SETTING, owned.slice(-MAX_KEPT));
  }
}

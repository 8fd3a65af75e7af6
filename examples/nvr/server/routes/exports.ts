// Exports: asked for, watched, fetched, and ended. Each user has their own; administrators see all.
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { splitFederatedId } from '@fluxvision/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ExportJob, ExportRequest } from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import type { StoredJob } from '../exports/job-files.js';
import { viewOf } from '../exports/job-view.js';
import { federationOf } from '../federation/federation.js';
import { passOn } from '../federation/passed-on.js';
import { contentDisposition, sendFile } from '../media/send-file.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { streamingOf } from '../streaming.js';
import { accepts, answers, file, listOf, nothing } from './answers.js';
import type { RouteOptions } from './index.js';

const JobId = Type.String({ maxLength: 101 });
const Params = Type.Object({ id: JobId });
const FileParams = Type.Object({
  id: JobId,
  '*': Type.String({ maxLength: 300 }),
});
const MAX_REASON = 1000;
/** Of a file of another server: an export of days. */
const MAX_FILE_BYTES = 2 ** 42;
const TYPES: Record<string, string> = {
  mp4: 'video/mp4',
  mkv: 'video/x-matroska',
  json: 'application/json',
};

/** Other servers have their own, for their users. */
const exporting = { permission: 'export', apiKey: 'export' } as const;

export async function exportRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.post<{ Body: ExportRequest }>(
    '/api/recordings/export',
    {
      config: { access: { ...exporting, camera: 'body.cameras' } },
      schema: { body: ExportRequest, response: accepts(ExportJob) },
    },
    async (request, reply) => {
      const { cameras, start, end, format = 'mp4', onBehalfOf } = request.body;
      const { name, session, key } = request.caller as Caller;
      if (onBehalfOf !== undefined && !key) {
        throw refusal('ERR_INVALID_ARGUMENT', 'onBehalfOf is for other servers, with their key.');
      }
      const username = onBehalfOf === undefined ? name : userOf(nvr, name, key, onBehalfOf);
      const reason = reasonOf(request.body.reason, onBehalfOf && username);
      const by = { userId: session?.userId ?? name, username };
      const asked = { ...request.body, ...(reason !== undefined && { reason }) };
      const job = cameras.some((id) => splitFederatedId(id))
        ? await federationOf(nvr).exports.create(asked, by)
        : await streamingOf(nvr).exports.create(asked, by);
      nvr.audit(name, 'export.create', {
        subject: job.id,
        detail: {
          ...{ cameras: cameras.slice(0, 20), count: cameras.length, from: start, to: end, format },
          ...(reason !== undefined && { reason }),
        },
      });
      return reply.code(202).send(job);
    },
  );

  app.get(
    '/api/exports',
    {
      config: { access: exporting },
      schema: { response: answers(listOf(ExportJob)) },
    },
    async ({ caller }) => {
      const all = caller?.may('admin') ?? false;
      const owner = all ? undefined : ownerOf(caller);
      const remote = caller?.session ? await federationOf(nvr).exports.list(owner) : [];
      const jobs = [...streamingOf(nvr).exports.list(owner), ...remote].sort(
        (a, b) => b.createdAt - a.createdAt,
      );
      return { items: jobs.filter(({ cameras }) => mayExport(caller, cameras)) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/exports/:id',
    {
      config: { access: exporting },
      schema: { params: Params, response: answers(ExportJob) },
    },
    async (request) => {
      const remote = remoteJob(request);
      return remote ? federationOf(nvr).exports.get(remote) : viewOf(requireJob(request));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/exports/:id',
    {
      config: { access: exporting },
      schema: { params: Params, response: nothing },
    },
    async (request, reply) => {
      const remote = remoteJob(request);
      if (remote) {
        nvr.audit((request.caller as Caller).name, 'export.delete', { subject: remote.id });
        await federationOf(nvr).exports.remove(remote);
        return reply.code(204).send(null);
      }
      const { id, state } = requireJob(request);
      const action = state === 'queued' || state === 'running' ? 'export.cancel' : 'export.delete';
      nvr.audit((request.caller as Caller).name, action, { subject: id });
      await streamingOf(nvr).exports.remove(id);
      return reply.code(204).send(null);
    },
  );

  app.get<{ Params: { id: string; '*': string } }>(
    '/api/exports/:id/files/*',
    {
      config: { access: exporting },
      schema: { params: FileParams, response: file },
    },
    async (request, reply) => {
      const name = request.params['*'];
      const remote = passFile(request, reply, name);
      if (remote) return remote;
      const job = requireJob(request);
      const found = await streamingOf(nvr).exports.file(job.id, name);
      const listed = job.files.find((one) => one.name === name);
      if (!found || !listed) throw noExport(`${job.id}/${name}`);
      // A range may be all of it.
      if (request.method === 'GET') {
        const detail = { file: name, cameras: job.cameras.slice(0, 20) };
        nvr.audit((request.caller as Caller).name, 'export.download', { subject: job.id, detail });
      }
      return sendFile(request, reply, {
        size: found.size,
        etag: listed.sha256 && `"${listed.sha256.slice(0, 32)}"`,
        contentType: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
        name: basename(name),
        open: (first, last) => createReadStream(found.path, { start: first, end: last }),
      });
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/exports/:id/archive',
    {
      config: { access: exporting },
      // What a HEAD asks for is not made.
      exposeHeadRoute: false,
      schema: { params: Params, response: file },
    },
    async (request, reply) => {
      const remote = passFile(request, reply);
      if (remote) return remote;
      const job = requireJob(request);
      const archive = streamingOf(nvr).exports.archive(job.id);
      if (!archive) throw noExport(`${job.id}/archive`);
      const detail = { file: archive.name, cameras: job.cameras.slice(0, 20) };
      nvr.audit((request.caller as Caller).name, 'export.download', { subject: job.id, detail });
      reply.headers({
        'cache-control': 'no-store',
        'content-disposition': contentDisposition(archive.name),
      });
      return reply.type('application/x-tar').send(archive.content);
    },
  );

  /** A file of a job at another server, or all of them; undefined for jobs of this one. */
  function passFile(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    file?: string,
  ): Promise<FastifyReply> | undefined {
    const job = remoteJob(request);
    if (!job) return undefined;
    const { id, place, cameras } = job;
    if (request.method === 'GET') {
      const detail = { file: file ?? 'archive', cameras: cameras.slice(0, 20) };
      nvr.audit((request.caller as Caller).name, 'export.download', { subject: id, detail });
    }
    const at = `/api/exports/${encodeURIComponent(place.id)}`;
    const inside = file?.split('/').map(encodeURIComponent).join('/');
    const name = file === undefined ? `export-${place.id.slice(0, 8)}.tar` : basename(file);
    const what = {
      path: inside === undefined ? `${at}/archive` : `${at}/files/${inside}`,
      types: [...Object.values(TYPES), 'application/x-tar', 'application/octet-stream'],
      maxBytes: MAX_FILE_BYTES,
      disposition: contentDisposition(name),
    };
    return passOn(federationOf(nvr), place.nodeId, what, request, reply);
  }

  /** As {@link requireJob}, of those at other servers; undefined for an id of this one. */
  function remoteJob({ params, caller }: FastifyRequest<{ Params: { id: string } }>) {
    if (!splitFederatedId(params.id)) return undefined;
    const job = caller?.session && federationOf(nvr).exports.find(params.id);
    const isSeen = job && (job.userId === ownerOf(caller) || caller?.may('admin'));
    if (!isSeen || !mayExport(caller, job.cameras)) throw noExport(params.id);
    return job;
  }

  /** One's own, or any for administrators, and of cameras that one may still export. */
  function requireJob({ params, caller }: FastifyRequest<{ Params: { id: string } }>): StoredJob {
    const job = streamingOf(nvr).exports.get(params.id);
    const isOwn = job !== undefined && job.userId === ownerOf(caller);
    const isSeen = job && caller && (isOwn || caller.may('admin'));
    if (!isSeen || !mayExport(caller, job.cameras)) throw noExport(params.id);
    return job;
  }
}

/** A user of another server. */
function userOf(nvr: Nvr, name: string, key: Caller['key'], user: string): string {
  return `${user} (${(key && nvr.homes.home(key.id)?.name) ?? name})`;
}

/** As the manifest has it. */
function reasonOf(reason: string | undefined, user: string | undefined): string | undefined {
  if (!user) return reason;
  const suffix = `for ${user}`;
  return reason ? `${reason.slice(0, MAX_REASON - suffix.length - 2)}; ${suffix}` : suffix;
}

function mayExport(caller: Caller | undefined, cameras: readonly string[]): boolean {
  return cameras.every((id) => caller?.may('archive', id) && caller.may('export', id));
}

function ownerOf(caller: Caller | undefined): string {
  return caller?.session?.userId ?? caller?.name ?? '';
}

function noExport(id: string) {
  return refusal('ERR_NOT_FOUND', `There is no export '${id}'.`);
}

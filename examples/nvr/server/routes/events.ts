// Events of cameras: what happened, and bookmarks.
import { type Static, Type } from 'typebox';
import {
  FederatedCameraId,
  Moment,
  NewEvent,
  NvrEvent,
  pageOf,
  ServerId,
} from '../../protocol/index.js';
import type { Caller } from '../access/index.js';
import type { App } from '../app.js';
import { eventsOfNode, nodeOf } from '../federation/remote-events.js';
import { readCursor } from '../media/cursor.js';
import { refusal } from '../problem.js';
import { streamingOf } from '../streaming.js';
import { answers, creates } from './answers.js';
import type { RouteOptions } from './index.js';

/** What people note down must not look like what the server saw. */
const OF_THE_SERVER = /^(motion|camera_.*)$/;
/** Footage with events is kept longest: nobody shall mark all of it at once. */
const LONGEST_MS = 24 * 3_600_000;
/** Clocks differ. */
const AHEAD_MS = 60_000;

const EventsQuery = Type.Object({
  /** Separated by commas; default: all that one may see. */
  cameras: Type.Optional(Type.String({ minLength: 1, maxLength: 66_000 })),
  camera: Type.Optional(FederatedCameraId),
  /** Of another server that this one knows: of `cameras` there, or of all that one may see. */
  node: Type.Optional(ServerId),
  event: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  start: Type.Optional(Moment),
  end: Type.Optional(Moment),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 100 })),
});

export async function eventRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  app.get<{ Querystring: Static<typeof EventsQuery> }>(
    '/api/events',
    {
      config: { access: { permission: 'archive', camera: 'query.cameras', apiKey: 'metadata' } },
      schema: { querystring: EventsQuery, response: answers(pageOf(NvrEvent)) },
    },
    async ({ query, caller }) => {
      const { cursor, start, end, limit = 100, event } = query;
      const node = nodeOf(query);
      if (node !== undefined) return eventsOfNode(nvr, caller as Caller, node, query);
      const after = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && !after) throw refusal('ERR_INVALID_ARGUMENT', 'No such cursor.');
      if (start !== undefined && end !== undefined && end <= start) {
        throw refusal('ERR_INVALID_ARGUMENT', 'end must be later than start.');
      }
      const known = [
        ...new Set([...nvr.cameras.ids(), ...nvr.recorder.index.cameras().map(({ id }) => id)]),
      ];
      const wanted = query.cameras?.split(',') ?? (query.camera ? [query.camera] : known);
      const cameras = wanted.filter((id) => (caller as Caller).may('archive', id));
      const range = { start, end, after, limit, type: event };
      return streamingOf(nvr).events.list({ cameras, ...range });
    },
  );

  app.post<{ Body: NewEvent }>(
    '/api/events',
    {
      config: { access: { permission: 'archive', camera: 'body.cameraId' } },
      schema: { body: NewEvent, response: creates(NvrEvent) },
    },
    async (request, reply) => {
      const { name } = request.caller as Caller;
      const { start, end, cameraId, event } = request.body;
      const now = Date.now();
      if (OF_THE_SERVER.test(event)) {
        throw refusal('ERR_INVALID_ARGUMENT', `Events '${event}' are told by the server alone.`);
      }
      if ((start ?? now) > now + AHEAD_MS || (end ?? 0) - (start ?? now) > LONGEST_MS) {
        throw refusal(
          'ERR_INVALID_ARGUMENT',
          'An event is of now or before, and of a day at most.',
        );
      }
      if (end !== undefined && end <= (start ?? now)) {
        throw refusal('ERR_INVALID_ARGUMENT', 'end must be later than start.');
      }
      const made = streamingOf(nvr).events.create(request.body, name);
      nvr.audit(name, 'event.create', { subject: cameraId, detail: { event, from: made.start } });
      return reply.code(201).send(made);
    },
  );
}

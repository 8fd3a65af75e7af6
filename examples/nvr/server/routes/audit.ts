// Who did what: the audit log, and whether it is as it was written.
import { Type } from 'typebox';
import { AuditRecord, AuditVerdict, Moment, pageOf } from '../../protocol/index.js';
import type { App } from '../app.js';
import { AtOnce } from '../cameras/at-once.js';
import { answers } from './answers.js';
import type { RouteOptions } from './index.js';

const admin = { access: { permission: 'admin' } } as const;
const Text = Type.String({ minLength: 1, maxLength: 128 });

export async function auditRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const verifications = new AtOnce(1);

  app.get(
    '/api/system/audit',
    {
      config: admin,
      schema: {
        querystring: Type.Object({
          from: Type.Optional(Moment),
          to: Type.Optional(Moment),
          actor: Type.Optional(Text),
          action: Type.Optional(Text),
          /** The last `sequence` of the page before; newest entries come first. */
          cursor: Type.Optional(Type.Integer({ minimum: 1 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
        }),
        response: answers(pageOf(AuditRecord)),
      },
    },
    async ({ query: { cursor, limit = 100, ...filter } }) => {
      const entries = nvr.keys.audit.list({
        ...filter,
        ...{ first: 'newest', limit },
        ...(cursor !== undefined && { after: cursor }),
      });
      const last = entries.length === limit ? entries.at(-1) : undefined;
      return {
        items: entries.map(({ seq, time, actor, action, subject = '', outcome, detail }) => ({
          ...{ sequence: seq, at: time, actor, action, subject, outcome },
          ...(detail && { detail }),
        })),
        ...(last && { cursor: String(last.seq) }),
      };
    },
  );

  app.post(
    '/api/system/audit/verify',
    { config: admin, schema: { response: answers(AuditVerdict) } },
    async () => {
      const { ok, entries, firstBad } = await verifications.run(() => nvr.keys.audit.verify());
      return {
        ...{ ok, entries },
        ...(firstBad && { firstBad: { sequence: firstBad.seq, reason: firstBad.reason } }),
      };
    },
  );
}

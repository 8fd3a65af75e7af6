// The keys of the storage: which there are, new ones in place of old ones, locked and unlocked.
import type { FluxError } from '@fluxvision/core';
import { Type } from 'typebox';
import { CameraId, KeysView } from '../../protocol/index.js';
import type { App } from '../app.js';
import type { Nvr } from '../nvr.js';
import { refusal } from '../problem.js';
import { UnlockThrottle } from '../system/index.js';
import { answers, nothing } from './answers.js';
import type { RouteOptions } from './index.js';
import { nameOf } from './users.js';

const admin = { access: { permission: 'admin' } } as const;
/** Whoever has the passphrase may unlock: with the keys locked no login can be checked. */
const unlocks = {
  access: { public: true },
  rateLimit: { max: 20, timeWindow: 60_000 },
} as const;
const RotateRequest = Type.Object({
  /** Default `master`. */
  purpose: Type.Optional(
    Type.Union([
      Type.Literal('master'),
      Type.Literal('video'),
      Type.Literal('database'),
      Type.Literal('config'),
      Type.Literal('session'),
      Type.Literal('audit'),
    ]),
  ),
  /** With `video`. */
  cameraId: Type.Optional(CameraId),
});
const UnlockRequest = Type.Object({ passphrase: Type.String({ minLength: 1, maxLength: 1024 }) });

export async function keyRoutes(app: App, { nvr }: RouteOptions): Promise<void> {
  const throttle = new UnlockThrottle();
  app.get(
    '/api/system/keys',
    { config: admin, schema: { response: answers(KeysView) } },
    async () => keysView(nvr),
  );

  app.post(
    '/api/system/keys/rotate',
    { config: admin, schema: { body: RotateRequest, response: answers(KeysView) } },
    async ({ caller, body: { purpose = 'master', cameraId } }) => {
      if ((purpose === 'video') !== (cameraId !== undefined)) {
        throw refusal(
          'ERR_INVALID_ARGUMENT',
          'cameraId belongs to purpose video, and to no other.',
        );
      }
      nvr.audit(nameOf(caller), 'keys.rotate', { subject: purpose });
      if (purpose === 'master') nvr.keys.rotateMaster();
      else if (purpose === 'video') nvr.keys.rotate({ purpose, cameraId: cameraId as string });
      else nvr.keys.rotate({ purpose });
      if (purpose === 'database' || purpose === 'config') {
        nvr.store.reseal();
        nvr.sessions.reseal();
      }
      nvr.emit('changed', 'keys');
      return keysView(nvr);
    },
  );

  app.post(
    '/api/system/keys/lock',
    { config: admin, schema: { response: nothing } },
    async ({ caller }, reply) => {
      nvr.audit(nameOf(caller), 'keys.lock');
      await nvr.lock();
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/system/keys/unlock',
    { config: unlocks, schema: { body: UnlockRequest, response: nothing } },
    async ({ body, ip }, reply) => {
      if (!nvr.unavailable) throw refusal('ERR_STATE', 'The keys are open.');
      const wrong = await throttle
        .attempt(ip, () => nvr.unlock(body.passphrase))
        .catch((error: FluxError) => {
          nvr.log.warn({ address: ip, code: error.code }, 'unlocking refused');
          throw error;
        });
      nvr.audit('unlock', 'keys.unlock', { detail: { address: ip, wrongBefore: wrong } });
      return reply.code(204).send(null);
    },
  );
}

function keysView(nvr: Nvr): KeysView {
  return {
    locked: false,
    roots: nvr.keys.roots().map(({ id, type, label, createdAt }) => ({
      ...{ id, type, label, createdAt },
    })),
    keys: nvr.keys.list().map(({ id, purpose, subject, period, state, createdAt }) => ({
      ...{ id, purpose, subject, period, state, createdAt },
    })),
  };
}

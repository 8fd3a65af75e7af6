// A server's own key: signs which certificate it shows, for whoever knows the key from before.
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { isProven, ServerIdentity } from '../../../src/federation/index.js';
import { openNode } from './auth.js';

const FINGERPRINT = 'AB'.repeat(32).match(/../g)?.join(':') as string;
const nonce = () => randomBytes(32).toString('base64url');

it('proves a certificate to who knows the server’s key, and is the same after a restart', async () => {
  const { store, serverId } = await openNode();
  const { publicKey } = new ServerIdentity({ store, serverId });
  const again = new ServerIdentity({ store, serverId });
  expect(again.publicKey).toBe(publicKey);
  const claim = { publicKey, serverId, nonce: nonce(), fingerprint: FINGERPRINT };
  const signature = again.prove(claim.nonce, FINGERPRINT);
  expect(isProven({ ...claim, signature })).toBe(true);
});

it('proves nothing of another certificate, question, server or key, nor with what is no signature', async () => {
  const { store, serverId } = await openNode();
  const identity = new ServerIdentity({ store, serverId });
  const { publicKey } = identity;
  const claim = { publicKey, serverId, nonce: nonce(), fingerprint: FINGERPRINT };
  const signature = identity.prove(claim.nonce, FINGERPRINT);
  const other = await openNode();
  const stranger = new ServerIdentity({ store: other.store, serverId });
  for (const change of [
    { fingerprint: FINGERPRINT.replace('AB', 'AC') },
    { nonce: nonce() },
    { serverId: randomUUID() },
    { publicKey: stranger.publicKey },
    { publicKey: '' },
    { publicKey: `${'A'.repeat(122)}==` },
    { signature: '' },
    { signature: `${'A'.repeat(86)}==` },
    { signature: stranger.prove(claim.nonce, FINGERPRINT) },
  ]) {
    expect(isProven({ ...claim, signature, ...change })).toBe(false);
  }
});

it('signs no more than a nonce', async () => {
  const { store, serverId } = await openNode();
  const identity = new ServerIdentity({ store, serverId });
  for (const bad of ['', 'short', `${nonce()}"`, 'A'.repeat(200)]) {
    expect(() => identity.prove(bad, FINGERPRINT)).toThrow(/nonce/);
  }
});

// A reader of a key store, written from docs/keys.md alone on node:crypto.
import {
  createDecipheriv,
  createECDH,
  createHash,
  createPublicKey,
  hkdfSync,
  pbkdf2Sync,
  verify,
} from 'node:crypto';
import { expect, it } from 'vitest';
import { createKeys, iterations, NOON, passphrase, rawDatabase, readRoot } from './stores.js';

function fields(...values: (string | number)[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const bytes = Buffer.from(String(value), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

function open(key: Buffer, sealed: Buffer, context: Buffer): Buffer {
  const aria = createDecipheriv('aria-256-gcm' as 'aes-256-gcm', key, sealed.subarray(0, 12));
  aria.setAAD(context);
  aria.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([aria.update(sealed.subarray(12, -16)), aria.final()]);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function agree(privateKey: Buffer, publicKey: string, info: Buffer): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey);
  const shared = ecdh.computeSecret(Buffer.from(publicKey, 'hex'));
  return Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), info, 32));
}

function isSignedBy(publicKey: string, message: Buffer, signature: string): boolean {
  const point = Buffer.from(publicKey, 'hex');
  const key = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  return verify(
    'sha256',
    message,
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'hex'),
  );
}

it('a store can be opened by anyone who has docs/keys.md and a root', async () => {
  const keys = await createKeys();
  const { id } = keys.videoKey('door', NOON);
  await keys.setPassword('kim', 'right', { iterations });
  const { recoveryKey = '' } = await keys.addRoot({ type: 'recovery', label: 'safe' });
  const { directory } = keys;
  await keys.close();
  const record = readRoot(directory);
  const { storeId, identity, roots, masters, signature } = record;

  // 1 and 2: the root's secret, and its private key.
  const [root, recovery] = roots;
  const { salt } = root.parameters;
  const secret = pbkdf2Sync(
    passphrase,
    Buffer.from(salt, 'hex'),
    root.parameters.iterations,
    32,
    'sha256',
  );
  const { publicKey } = identity;
  const about = [root.id, root.type, root.createdAt, root.publicKey, canonical(root.parameters)];
  const context = fields('fluxvision/root/v2', storeId, publicKey, ...about);
  const rootKey = open(secret, Buffer.from(root.wrapped, 'base64'), context);

  // 3: the signature.
  const { signature: _, ...signed } = record;
  const message = Buffer.from(`fluxvision/root/v2\0${canonical(signed)}`);
  expect(isSignedBy(publicKey, message, signature)).toBe(true);

  // 4: the master key, by the passphrase and by the paper.
  const [master] = masters;
  const masterBy = (by: { id: string; publicKey: string }, privateKey: Buffer) => {
    const { ephemeral, wrapped } = master.grants[by.id];
    const granted = fields(
      'fluxvision/grant/v2',
      storeId,
      master.id,
      master.createdAt,
      by.id,
      by.publicKey,
      ephemeral,
    );
    return open(agree(privateKey, ephemeral, granted), Buffer.from(wrapped, 'base64'), granted);
  };
  const mek = masterBy(root, rootKey);
  let bits = '';
  for (const character of recoveryKey.slice('FVRK1-'.length).replaceAll('-', '')) {
    bits += '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(character).toString(2).padStart(5, '0');
  }
  const paper = Buffer.from(
    (bits.match(/.{8}/g) as string[]).map((byte) => Number.parseInt(byte, 2)),
  );
  const fingerprint = createHash('sha256').update(Buffer.from(publicKey, 'hex')).digest();
  expect(paper.subarray(32, 42)).toEqual(fingerprint.subarray(0, 10));
  expect(masterBy(recovery, paper.subarray(0, 32))).toEqual(mek);

  // 5: the identity.
  const identityContext = fields('fluxvision/identity/v2', storeId, publicKey, master.id);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(open(mek, Buffer.from(identity.wrapped, 'base64'), identityContext));
  expect(ecdh.getPublicKey('hex')).toBe(publicKey);

  // A video key and a user's key.
  const contextOf = (row: Record<string, string | number>) =>
    fields(
      'fluxvision/wrap/v2',
      ...['purpose', 'id', 'parent_id', 'algorithm', 'created_at', 'activates_at'].map(
        (name) => row[name] as string,
      ),
      ...['subject', 'period', 'parameters'].map((name) => row[name] as string),
    );
  const database = rawDatabase(directory);
  const video = database.prepare('SELECT * FROM keys WHERE id = ?').get(id) as never;
  expect(open(mek, (video as { wrapped: Buffer }).wrapped, contextOf(video))).toHaveLength(32);
  const user = database.prepare("SELECT * FROM keys WHERE purpose = 'user'").get() as {
    wrapped: Buffer;
    parameters: string;
  };
  const inner = open(mek, user.wrapped, contextOf(user as never));
  expect(inner).toHaveLength(60);
  const kdf = JSON.parse(user.parameters);
  const derived = pbkdf2Sync('right', Buffer.from(kdf.salt, 'hex'), kdf.iterations, 32, 'sha256');
  const innerContext = fields(
    'fluxvision/wrap/v2',
    'user',
    '',
    'password:kim',
    'ARIA-256',
    0,
    0,
    'kim',
    '',
    user.parameters,
  );
  expect(open(derived, inner, innerContext)).toHaveLength(32);
});

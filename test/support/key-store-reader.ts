// A reader of a key store, written from docs/keys.md alone on node:crypto: it knows every key in bytes.
import {
  createDecipheriv,
  createECDH,
  createHash,
  createPublicKey,
  hkdfSync,
  pbkdf2Sync,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** What a root opens, in bytes. */
export interface StoreSecrets {
  rootSecret?: Buffer;
  rootKey: Buffer;
  masterKey: Buffer;
  identityKey: Buffer;
  /** By key id; of users' keys what is below the master key: still wrapped. */
  keys: Map<string, { purpose: string; subject: string; parameters: string; bytes: Buffer }>;
}

type Row = Record<string, string | number> & { wrapped: Buffer };

interface Root {
  id: string;
  type: string;
  createdAt: number;
  publicKey: string;
  parameters: { salt: string; iterations: number };
  wrapped: string;
}

/** Opens a store with its passphrase or its recovery key; throws where anything does not fit. */
export function readStore(
  directory: string,
  by: { passphrase: string } | { recoveryKey: string },
): StoreSecrets {
  const record = JSON.parse(readFileSync(join(directory, 'root.json'), 'utf8'));
  const { storeId, identity, roots, masters, signature } = record;
  const { publicKey } = identity;

  // 1 and 2: the root's secret, and its private key.
  const paper = 'recoveryKey' in by ? decodeRecoveryKey(by.recoveryKey) : undefined;
  let root: Root;
  let rootKey: Buffer;
  let rootSecret: Buffer | undefined;
  if (paper) {
    rootKey = paper.subarray(0, 32);
    root = roots.find((entry: Root) => entry.publicKey === publicKeyOf(rootKey));
    const fingerprint = createHash('sha256').update(Buffer.from(publicKey, 'hex')).digest();
    requireEqual(paper.subarray(32, 42), fingerprint.subarray(0, 10));
  } else {
    root = roots.find((entry: Root) => entry.type === 'passphrase');
    const { salt, iterations } = root.parameters;
    const { passphrase } = by as { passphrase: string };
    rootSecret = pbkdf2Sync(passphrase, Buffer.from(salt, 'hex'), iterations, 32, 'sha256');
    const about = [root.id, root.type, root.createdAt, root.publicKey, canonical(root.parameters)];
    const context = fields('fluxvision/root/v2', storeId, publicKey, ...about);
    rootKey = openWrapped(rootSecret, Buffer.from(root.wrapped, 'base64'), context);
  }

  // 3: the signature.
  const { signature: _, ...signed } = record;
  const message = Buffer.from(`fluxvision/root/v2\0${canonical(signed)}`);
  if (!isSignedBy(publicKey, message, signature)) throw new Error('root.json is not signed');

  // 4: the master key.
  const master = masters.at(-1);
  const { ephemeral, wrapped } = master.grants[root.id];
  const about = [master.id, master.createdAt, root.id, root.publicKey, ephemeral];
  const grant = fields('fluxvision/grant/v2', storeId, ...about);
  const agreed = agree(rootKey, ephemeral, grant);
  const masterKey = openWrapped(agreed, Buffer.from(wrapped, 'base64'), grant);

  // 5: the identity.
  const identityContext = fields('fluxvision/identity/v2', storeId, publicKey, master.id);
  const identityKey = openWrapped(
    masterKey,
    Buffer.from(identity.wrapped, 'base64'),
    identityContext,
  );
  if (publicKeyOf(identityKey) !== publicKey) throw new Error('the identity does not fit');

  const keys: StoreSecrets['keys'] = new Map();
  const database = new Database(join(directory, 'keys.db'), { readonly: true });
  try {
    const rows = database.prepare('SELECT * FROM keys WHERE wrapped IS NOT NULL').all() as Row[];
    for (const row of rows) {
      const bytes = openWrapped(masterKey, row.wrapped, contextOf(row));
      const { id, purpose, subject, parameters } = row as Row & Record<string, string>;
      keys.set(id as string, {
        purpose: purpose as string,
        subject: subject as string,
        parameters: parameters as string,
        bytes,
      });
    }
  } finally {
    database.close();
  }
  return { ...(rootSecret && { rootSecret }), rootKey, masterKey, identityKey, keys };
}

/** A user's key, from what is below the master key. */
export function readUserKey(
  user: { subject: string; parameters: string; bytes: Buffer },
  password: string,
): Buffer {
  const kdf = JSON.parse(user.parameters);
  const derived = pbkdf2Sync(password, Buffer.from(kdf.salt, 'hex'), kdf.iterations, 32, 'sha256');
  const parent = `password:${user.subject}`;
  const context = ['user', '', parent, 'ARIA-256', 0, 0, user.subject, '', user.parameters];
  return openWrapped(derived, user.bytes, fields('fluxvision/wrap/v2', ...context));
}

function contextOf(row: Row): Buffer {
  const names = ['purpose', 'id', 'parent_id', 'algorithm', 'created_at', 'activates_at'];
  const values = [...names, 'subject', 'period', 'parameters'].map((name) => row[name] as string);
  return fields('fluxvision/wrap/v2', ...values);
}

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

function openWrapped(key: Buffer, sealed: Buffer, context: Buffer): Buffer {
  const aria = createDecipheriv('aria-256-gcm' as 'aes-256-gcm', key, sealed.subarray(0, 12));
  aria.setAAD(context);
  aria.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([aria.update(sealed.subarray(12, -16)), aria.final()]);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}

function agree(privateKey: Buffer, publicKey: string, info: Buffer): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey);
  const shared = ecdh.computeSecret(Buffer.from(publicKey, 'hex'));
  return Buffer.from(hkdfSync('sha256', shared, Buffer.alloc(0), info, 32));
}

function publicKeyOf(privateKey: Buffer): string {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey);
  return ecdh.getPublicKey('hex');
}

function isSignedBy(publicKey: string, message: Buffer, signature: string): boolean {
  const point = Buffer.from(publicKey, 'hex');
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  const dsaEncoding = 'ieee-p1363';
  return verify('sha256', message, { key, dsaEncoding }, Buffer.from(signature, 'hex'));
}

/** Crockford's Base32. */
function decodeRecoveryKey(text: string): Buffer {
  let bits = '';
  for (const character of text.slice('FVRK1-'.length).replaceAll('-', '')) {
    const digit = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(character);
    bits += digit.toString(2).padStart(5, '0');
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

function requireEqual(a: Buffer, b: Buffer): void {
  if (!a.equals(b)) throw new Error('the recovery key is for another store');
}

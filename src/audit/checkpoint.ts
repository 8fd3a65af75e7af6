// Checkpoints: a log's size and Merkle root, signed. Their text is a C2SP tlog-checkpoint, which is a
// C2SP signed-note; the signature type is its 0x02, ECDSA.
import { FluxError } from '../errors.js';
import { HASH_BYTES } from './merkle-tree.js';
import { keyId, signatureToDer, verifySignature } from './p256.js';

/** What signs checkpoints. The private key stays where it is: in native memory, or in a module. */
export interface AuditSigner {
  /** ECDSA P-256, SEC 1 uncompressed: 65 bytes, 04, X, Y. */
  readonly publicKey: Uint8Array;
  /** ECDSA with SHA-256 over `message`: 64 bytes, r and s. */
  sign(message: Uint8Array): Uint8Array;
}

/** A checkpoint, as its text says. Nothing of it is authentic before a signature was verified. */
export interface Checkpoint {
  /** Names the log: `fluxvision/audit/<log id>`. */
  origin: string;
  /** Number of entries that it covers. */
  size: number;
  root: Buffer;
  /** When it was signed, UTC milliseconds, by the signer's clock. */
  time?: number;
  /** The part that is signed, with its last line end. */
  body: string;
  signatures: NoteSignature[];
}

interface NoteSignature {
  name: string;
  /** First four bytes of the key's id: a hint, no proof. */
  keyHint: Buffer;
  /** DER. */
  signature: Buffer;
}

const MAX_BYTES = 16_384;
const KEY_HINT_BYTES = 4;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;

export function originOf(logId: string): string {
  return `fluxvision/audit/${logId}`;
}

/** The text of a checkpoint, signed by each of `signers`. ERR_AUDIT_KEY where one cannot sign. */
export function signCheckpoint(
  head: { logId: string; size: number; root: Uint8Array; time: number },
  signers: readonly AuditSigner[],
): string {
  const origin = originOf(head.logId);
  const root = Buffer.from(head.root).toString('base64');
  const body = `${origin}\n${head.size}\n${root}\ntime ${head.time}\n`;
  const message = Buffer.from(body, 'utf8');
  const lines = signers.map((signer) => {
    const signature = signatureToDer(signer.sign(message));
    // A signature that nobody can verify would make a whole log look altered.
    if (!signature || !verifySignature(signer.publicKey, message, signature)) {
      throw new FluxError(
        'ERR_AUDIT_KEY',
        'The signer of the audit log did not return a signature of its public key. Check that both ' +
          'halves of the key belong together; nothing was written.',
      );
    }
    const hint = keyId(signer.publicKey).subarray(0, KEY_HINT_BYTES);
    return `— ${origin} ${Buffer.concat([hint, signature]).toString('base64')}\n`;
  });
  return `${body}\n${lines.join('')}`;
}

/** Throws ERR_AUDIT_CHECKPOINT where `text` is not a checkpoint in its one form. */
export function parseCheckpoint(text: string): Checkpoint {
  if (Buffer.byteLength(text) > MAX_BYTES) throw malformed(`it has more than ${MAX_BYTES} bytes`);
  const end = text.lastIndexOf('\n\n');
  if (end < 0 || !text.endsWith('\n')) throw malformed('it has no signature');
  const body = text.slice(0, end + 1);
  const [origin = '', size = '', root = '', ...extensions] = body.slice(0, -1).split('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a note must not contain.
  if (/[\x00-\x09\x0b-\x1f]/.test(text)) throw malformed('it contains control characters');
  if (origin === '') throw malformed('its first line is no origin');
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw malformed('its second line is no size');
  }
  const rootBytes = decodeBase64(root);
  if (rootBytes?.length !== HASH_BYTES) throw malformed('its third line is no root hash');
  if (extensions.includes('')) throw malformed('it contains an empty line');
  const time = extensions.map((line) => /^time (\d{1,16})$/.exec(line)?.[1]).find(Boolean);
  return {
    origin,
    size: Number(size),
    root: rootBytes,
    ...(time !== undefined && { time: Number(time) }),
    body,
    signatures: text
      .slice(end + 2, -1)
      .split('\n')
      .map(parseSignature),
  };
}

/** True where the checkpoint carries a signature of this key, and it is valid. */
export function isSignedBy(checkpoint: Checkpoint, publicKey: Uint8Array): boolean {
  const hint = keyId(publicKey).subarray(0, KEY_HINT_BYTES);
  const message = Buffer.from(checkpoint.body, 'utf8');
  const own = checkpoint.signatures.filter(
    ({ name, keyHint }) => name === checkpoint.origin && keyHint.equals(hint),
  );
  return (
    own.length > 0 && own.every(({ signature }) => verifySignature(publicKey, message, signature))
  );
}

/** True where a signature claims to be of this key, valid or not. */
export function namesKey(checkpoint: Checkpoint, publicKey: Uint8Array): boolean {
  const hint = keyId(publicKey).subarray(0, KEY_HINT_BYTES);
  return checkpoint.signatures.some(({ keyHint }) => keyHint.equals(hint));
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (name === '' || !bytes || bytes.length <= KEY_HINT_BYTES) {
    throw malformed('a line below the empty one is no signature');
  }
  return {
    name,
    keyHint: bytes.subarray(0, KEY_HINT_BYTES),
    signature: bytes.subarray(KEY_HINT_BYTES),
  };
}

/** Standard base64 with padding; undefined for everything that a decoder would only tolerate. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function malformed(reason: string): FluxError {
  return new FluxError(
    'ERR_AUDIT_CHECKPOINT',
    `This is not a checkpoint of an audit log: ${reason}. Give the text exactly as ` +
      '"fluxvision audit checkpoint" printed it.',
  );
}

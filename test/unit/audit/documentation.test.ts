// The worked example of docs/audit.md, recomputed with nothing but SHA-256 and OpenSSL, and compared
// with what the code makes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isSignedBy, parseCheckpoint } from '../../../src/audit/checkpoint.js';
import { type EntryRow, genesisHash, hashEntry } from '../../../src/audit/entry.js';
import { MerkleTree } from '../../../src/audit/merkle-tree.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { signerOfScalar } from './signer.js';
import { toPem } from './support.js';

const document = readFileSync('docs/audit.md', 'utf8');
const blocks = [...(document.split('## Worked example')[1] as string).matchAll(/```\n(.*?)```/gs)];
const [genesis, first, firstHash, second, secondHash, root] = blocks.map((match) =>
  // Hex stands before the remark; one space parts a length from its text, four or more the remark.
  (match[1] as string)
    .split('\n')
    .map((line) => line.trim().split(/ {3,}/)[0]?.replace(/ /g, '') ?? '')
    .join(''),
) as [string, string, string, string, string, string];
const note = (blocks[6] as RegExpMatchArray)[1] as string;
/** RFC 6979 §A.2.5. */
const signer = signerOfScalar(
  Buffer.from('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721', 'hex'),
);
const logId = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

function sha256(...parts: string[]): string {
  return createHash('sha256')
    .update(Buffer.from(parts.join(''), 'hex'))
    .digest('hex');
}

function decode(hex: string): Omit<EntryRow, 'hash'> {
  const bytes = Buffer.from(hex, 'hex');
  let at = 48;
  const text = () => {
    const end = at + 4 + bytes.readUInt32BE(at);
    const value = bytes.subarray(at + 4, end).toString();
    at = end;
    return value;
  };
  const row = {
    seq: Number(bytes.readBigUInt64BE(0)),
    prev: bytes.subarray(8, 40),
    time: Number(bytes.readBigUInt64BE(40)),
    actor: text(),
    action: text(),
    subject: text(),
    outcome: text() as 'ok',
    detail: text(),
  };
  expect(at).toBe(bytes.length);
  return row;
}

it('hashes as the document says', () => {
  const label = Buffer.from(`fluxvision/audit/v1\0${logId}`).toString('hex');
  expect(sha256(label)).toBe(genesis);
  expect(sha256('00', first)).toBe(firstHash);
  expect(sha256('00', second)).toBe(secondHash);
  expect(sha256('01', firstHash, secondHash)).toBe(root);
});

it('is what the code makes of the same entries', () => {
  expect(genesisHash(logId).toString('hex')).toBe(genesis);
  const [one, two] = [decode(first), decode(second)];
  expect(two).toMatchObject({
    seq: 2,
    time: Date.parse('2026-01-26T12:01:00Z'),
    actor: 'admin',
    action: 'key.export',
    subject: 'door',
    outcome: 'denied',
    detail: '{"day":"20260126"}',
  });
  expect(JSON.parse(one.detail).publicKey).toBe(Buffer.from(signer.publicKey).toString('hex'));
  expect(hashEntry(one).toString('hex')).toBe(firstHash);
  expect(hashEntry(two).toString('hex')).toBe(secondHash);
  const tree = MerkleTree.empty();
  for (const row of [one, two]) tree.add(hashEntry(row));
  const checkpoint = parseCheckpoint(note);
  expect(checkpoint).toMatchObject({ size: 2, root: tree.root() });
  expect(isSignedBy(checkpoint, signer.publicKey)).toBe(true);
});

it('is verified by OpenSSL with the commands of the document', () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'note.txt'), note);
  writeFileSync(join(directory, 'public-key.pem'), toPem(signer.publicKey));
  const commands = /```sh\n(.*?)```/s.exec(document)?.[1] as string;
  const output = execFileSync('sh', ['-e', '-c', commands], { cwd: directory, encoding: 'utf8' });
  expect(output).toBe('Verified OK\n');
});

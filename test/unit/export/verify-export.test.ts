import { createECDH, createHash, createPrivateKey, sign } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestBytes } from '../../../src/export/manifest.js';
import {
  type ExportManifest,
  KeyManager,
  RecordingIndex,
  verifyExport,
} from '../../../src/index.js';
import { fluxvision } from '../cli/run.js';
import { copyOf } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import { copyOfExport, flipByte, openSource, type Source } from './exported.js';

let source: Source;
/** The export that every test copies. */
let original: string;
let manifest: ExportManifest;
let key: string;
beforeAll(async () => {
  source = await openSource();
  // The simulated cameras show the same; without its first segment one clip differs from the other.
  rmSync(join(source.recorded.storage, source.of('yard')[0]?.filePath as string));
  const index = await RecordingIndex.open({ storage: source.recorded.storage });
  index.connection.run('DELETE FROM recording_segments WHERE file_path = @path', {
    path: source.of('yard')[0]?.filePath,
  });
  await index.close();
  ({ directory: original, manifest } = await source.export({
    directory: join(source.recorded.storage, '..'),
    reason: 'case 7',
  }));
  key = manifest.signer?.fingerprint as string;
});
afterAll(() => source?.close());

/** Puts another manifest in place, as who has no key would. */
function rewrite(directory: string, change: (manifest: ExportManifest) => void): void {
  const copy = structuredClone(manifest);
  change(copy);
  writeFileSync(join(directory, 'manifest.json'), manifestBytes(copy));
}

/** Signs the manifest anew, with a key of the forger's own that the manifest then names. */
function forge(directory: string, change: (manifest: ExportManifest) => void): void {
  const ecdh = createECDH('prime256v1');
  const point = ecdh.generateKeys();
  const info = Buffer.concat([
    Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
    point,
  ]);
  const lines = info.toString('base64').match(/.{1,64}/g) ?? [];
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      ...{ kty: 'EC', crv: 'P-256', d: ecdh.getPrivateKey().toString('base64url') },
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  rewrite(directory, (copy) => {
    change(copy);
    copy.signer = {
      algorithm: 'ECDSA-P256-SHA256',
      publicKey: `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`,
      fingerprint: createHash('sha256').update(info).digest('hex'),
    };
  });
  const bytes = readFileSync(join(directory, 'manifest.json'));
  // Half of all signatures are in the other of their two forms, which is refused.
  for (;;) {
    const signature = sign('sha256', bytes, privateKey);
    const sLength = signature[5 + (signature[3] as number)] as number;
    const s = BigInt(`0x${signature.subarray(-sLength).toString('hex')}`);
    writeFileSync(join(directory, 'manifest.sig'), signature);
    if (s <= 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n) return;
  }
}

it('takes what was exported, with the key, with the storage, and in another place', async () => {
  const copy = copyOfExport(original);
  const report = await verifyExport({ directory: copy, key, storage: source.recorded.storage });
  expect(report).toMatchObject({
    ...{ ok: true, signed: true, trusted: true, fingerprint: key, files: 2 },
    sources: source.recorded.segments.length - 1,
  });
  expect(report.firstBad).toBeUndefined();
  expect(report.manifest).toEqual(manifest);
  const spelled = (key.toUpperCase().match(/../g) ?? []).join(':');
  expect((await verifyExport({ directory: copy, key: spelled })).trusted).toBe(true);
});

describe('finds', () => {
  const cases: [string, (directory: string) => void, string, string][] = [
    [
      'a flipped byte of a clip',
      (at) => flipByte(join(at, 'door.mp4')),
      'ERR_EXPORT_FILE_ALTERED',
      'door.mp4',
    ],
    [
      'the first byte of a clip',
      (at) => flipByte(join(at, 'yard.mp4'), 0),
      'ERR_EXPORT_FILE_ALTERED',
      'yard.mp4',
    ],
    [
      'the last byte of a clip',
      (at) => flipByte(join(at, 'yard.mp4'), 1),
      'ERR_EXPORT_FILE_ALTERED',
      'yard.mp4',
    ],
    [
      'swapped clips',
      (at) => {
        renameSync(join(at, 'door.mp4'), join(at, 'x'));
        renameSync(join(at, 'yard.mp4'), join(at, 'door.mp4'));
        renameSync(join(at, 'x'), join(at, 'yard.mp4'));
      },
      'ERR_EXPORT_FILE_ALTERED',
      'door.mp4',
    ],
    ['a removed clip', (at) => rmSync(join(at, 'yard.mp4')), 'ERR_EXPORT_FILE_MISSING', 'yard.mp4'],
    [
      'an added file',
      (at) => writeFileSync(join(at, 'more.mp4'), 'x'),
      'ERR_EXPORT_FILE_UNKNOWN',
      'more.mp4',
    ],
    ['an added folder', (at) => mkdirSync(join(at, 'more')), 'ERR_EXPORT_FILE_UNKNOWN', 'more'],
    [
      'a link in the place of a clip',
      (at) => {
        const kept = join(temporaryDirectory(), 'clip');
        renameSync(join(at, 'yard.mp4'), kept);
        symlinkSync(kept, join(at, 'yard.mp4'));
      },
      'ERR_EXPORT_FILE_ALTERED',
      'yard.mp4',
    ],
    [
      'an altered range',
      (at) =>
        rewrite(at, (copy) => {
          copy.asked.from -= 1000;
        }),
      'ERR_EXPORT_SIGNATURE',
      'manifest.sig',
    ],
    [
      'another reason',
      (at) =>
        rewrite(at, (copy) => {
          copy.reason = 'case 8';
        }),
      'ERR_EXPORT_SIGNATURE',
      'manifest.sig',
    ],
    [
      'a manifest that was reformatted',
      (at) => writeFileSync(join(at, 'manifest.json'), JSON.stringify(manifest, null, 2)),
      'ERR_EXPORT_MANIFEST',
      'manifest.json',
    ],
    [
      'a missing manifest',
      (at) => rmSync(join(at, 'manifest.json')),
      'ERR_EXPORT_MANIFEST',
      'manifest.json',
    ],
    [
      'a missing signature',
      (at) => rmSync(join(at, 'manifest.sig')),
      'ERR_EXPORT_SIGNATURE',
      'manifest.sig',
    ],
    [
      'an empty signature',
      (at) => writeFileSync(join(at, 'manifest.sig'), ''),
      'ERR_EXPORT_SIGNATURE',
      'manifest.sig',
    ],
    [
      'a signature that was taken away with its key',
      (at) => {
        rewrite(at, (copy) => {
          copy.signer = null;
        });
        rmSync(join(at, 'manifest.sig'));
      },
      'ERR_EXPORT_UNSIGNED',
      'manifest.json',
    ],
    [
      'a camera that is named twice',
      (at) => forge(at, (copy) => copy.cameras.push(copy.cameras[0] as never)),
      'ERR_EXPORT_MANIFEST',
      'manifest.json',
    ],
    [
      'a removed entry of a segment',
      (at) => forge(at, (copy) => copy.segments.splice(1, 1)),
      'ERR_EXPORT_CHAIN',
      'manifest.json',
    ],
    [
      'removed last entries',
      (at) => forge(at, (copy) => copy.segments.pop()),
      'ERR_EXPORT_CHAIN',
      'manifest.json',
    ],
    [
      'an altered entry',
      (at) =>
        forge(at, (copy) => {
          (copy.segments[0] as { start: number }).start += 1;
        }),
      'ERR_EXPORT_CHAIN',
      'manifest.json',
    ],
    [
      'a path that leads out',
      (at) =>
        forge(at, (copy) => {
          (copy.files[0] as { path: string }).path = '../../etc/passwd';
        }),
      'ERR_EXPORT_MANIFEST',
      'manifest.json',
    ],
  ];
  it.each(cases)('%s', async (_what, damage, code, file) => {
    const directory = copyOfExport(original);
    damage(directory);
    const report = await verifyExport({ directory });
    expect(report.ok).toBe(false);
    expect(report.firstBad).toMatchObject({ code, file });
    expect(report.firstBad?.message).toContain(file);
  });
});

it('finds every flipped bit of the manifest and of its signature', async () => {
  for (const name of ['manifest.sig', 'manifest.json']) {
    const directory = copyOfExport(original);
    const file = join(directory, name);
    const bytes = readFileSync(file);
    // Each byte of the signature; of the manifest a sample.
    const step = name === 'manifest.sig' ? 1 : 17;
    for (let at = 0; at < bytes.length; at += step) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] as number) ^ (1 << (at % 8));
      writeFileSync(file, altered);
      const outcome = await verifyExport({ directory }).catch((error) => error.code);
      // A version that it does not know is refused outright.
      if (outcome !== 'ERR_SCHEMA_VERSION')
        expect(outcome, `${name} ${at}`).toMatchObject({ ok: false });
    }
  }
});

it('cannot tell a forger from the recorder without the fingerprint, and can with it', async () => {
  const directory = copyOfExport(original);
  forge(directory, (copy) => {
    copy.reason = 'nothing to see';
  });
  const unaware = await verifyExport({ directory });
  expect(unaware).toMatchObject({ ok: true, signed: true, trusted: false });
  expect(unaware.fingerprint).not.toBe(key);
  const aware = await verifyExport({ directory, key });
  expect(aware).toMatchObject({ ok: false, trusted: false, firstBad: { code: 'ERR_EXPORT_KEY' } });
});

it('takes an unsigned export only where that is allowed', async () => {
  const { directory } = await source.export({ sign: false });
  expect(existsSync(join(directory, 'manifest.sig'))).toBe(false);
  expect((await verifyExport({ directory })).firstBad?.code).toBe('ERR_EXPORT_UNSIGNED');
  expect(await verifyExport({ directory, allowUnsigned: true })).toMatchObject({
    ok: true,
    signed: false,
  });
  const asked = await verifyExport({ directory, allowUnsigned: true, key });
  expect(asked.firstBad?.code).toBe('ERR_EXPORT_UNSIGNED');
});

it('finds segments of the storage that are not as they were exported', async () => {
  const storage = copyOf(source.recorded);
  const victim = join(storage, manifest.segments[1]?.path as string);
  flipByte(victim);
  expect((await verifyExport({ directory: original, storage })).firstBad).toMatchObject({
    code: 'ERR_EXPORT_SOURCE_ALTERED',
    file: manifest.segments[1]?.path,
  });
  rmSync(victim);
  expect((await verifyExport({ directory: original, storage })).firstBad?.code).toBe(
    'ERR_EXPORT_SOURCE_MISSING',
  );
});

it('goes on being valid after the key of the audit log was rotated', async () => {
  const storage = copyOf(source.recorded);
  const keys = await KeyManager.open({
    directory: join(storage, 'keys'),
    passphrase: 'correct horse battery staple',
  });
  keys.rotate({ purpose: 'audit' });
  const { directory, manifest: later } = await source.export({ storage, keys });
  await keys.close();
  expect(later.signer?.fingerprint).not.toBe(key);
  expect(await verifyExport({ directory, key: later.signer?.fingerprint as string })).toMatchObject(
    { ok: true },
  );
  expect(await verifyExport({ directory: original, key })).toMatchObject({ ok: true });
});

it('says what it needs', async () => {
  const gone = join(temporaryDirectory(), 'none');
  expect((await rejectionOf(() => verifyExport({ directory: gone }))).code).toBe('ERR_NOT_FOUND');
  const short = await rejectionOf(() => verifyExport({ directory: original, key: 'abc' }));
  expect(short.code).toBe('ERR_INVALID_ARGUMENT');
  const aborted = await rejectionOf(() =>
    verifyExport({ directory: original, signal: AbortSignal.abort() }),
  );
  expect(aborted.code).toBe('ERR_ABORTED');
  const directory = copyOfExport(original);
  const text = readFileSync(join(directory, 'manifest.json'), 'utf8');
  writeFileSync(join(directory, 'manifest.json'), text.replace('"version":1}', '"version":2}'));
  expect((await rejectionOf(() => verifyExport({ directory }))).code).toBe('ERR_SCHEMA_VERSION');
});

describe('fluxvision verify-export', () => {
  it('shows who signed, and the key that fluxvision audit shows', async () => {
    const shown = await fluxvision('verify-export', original, '--key', key);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`Signed by ${key}`);
    expect(shown.stdout).toContain('by officer');
    expect(shown.stdout).toContain('case 7');
    const audit = await fluxvision('audit', 'verify', '--storage', source.recorded.storage);
    expect(audit.stdout).toContain(key);
  });

  it('names what is wrong, and exits with 1', async () => {
    const directory = copyOfExport(original);
    flipByte(join(directory, 'door.mp4'));
    const text = await fluxvision('verify-export', directory);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain('door.mp4');
    const json = await fluxvision('verify-export', directory, '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout).firstBad.code).toBe('ERR_EXPORT_FILE_ALTERED');
    expect((await fluxvision('verify-export', directory, '--key', 'xyz')).code).toBe(2);
    expect((await fluxvision('verify-export', join(directory, 'none'))).code).toBe(1);
  });
});

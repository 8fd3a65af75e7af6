import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  exportFootage,
  exportRecording,
  type FootageExportOptions,
  RecordingIndex,
  verifyExport,
} from '../../../src/index.js';
import { countDecodedFrames } from '../clip.js';
import { type ChildProgram, childProgram } from '../recording/child.js';
import { copyOf, passphrase } from '../recording/recorded.js';
import { segmentAt } from '../recording/stored-segments.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import { filesBelow, flipByte, framesOf, openSource, type Source } from './exported.js';

let source: Source;
let child: ChildProgram;
beforeAll(async () => {
  source = await openSource();
  child = childProgram('export-to-disk');
});
afterAll(async () => {
  child?.remove();
  await source?.close();
});

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

it.each(['mp4', 'mkv'] as const)(
  'writes one %s per camera that plays from end to end',
  async (format) => {
    const done: number[] = [];
    const { directory, manifest } = await source.export({
      format,
      onProgress: (progress) => done.push(progress.done / progress.total),
    });
    expect(filesBelow(directory)).toEqual([
      `door.${format}`,
      'manifest.json',
      'manifest.sig',
      `yard.${format}`,
    ]);
    for (const camera of ['door', 'yard']) {
      const frames = source.of(camera).reduce((sum, segment) => sum + segment.frames, 0);
      expect(countDecodedFrames(join(directory, `${camera}.${format}`))).toBe(frames);
      expect(framesOf(manifest, camera)).toBe(frames);
    }
    expect(done.at(-1)).toBe(1);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(await verifyExport({ directory })).toMatchObject({ ok: true, signed: true, files: 2 });
  },
);

it('says in the manifest who, why, what was asked, what it holds, and where that comes from', async () => {
  const { directory, manifest, manifestSha256 } = await source.export({ reason: 'case 2026-117' });
  const text = readFileSync(join(directory, 'manifest.json'));
  expect(JSON.parse(text.toString())).toEqual(manifest);
  expect(sha256(text)).toBe(manifestSha256);
  expect(manifest).toMatchObject({
    format: 'fluxvision-export',
    version: 1,
    creator: { software: '@fluxvision/core', storeId: source.keys.storeId },
    actor: 'officer',
    reason: 'case 2026-117',
    asked: { from: source.from, to: source.to, stream: 0, audio: true },
  });
  expect(manifest.cameras.map(({ id }) => id)).toEqual(['door', 'yard']);
  expect(manifest.segments).toHaveLength(source.recorded.segments.length);
  for (const segment of manifest.segments) {
    const sealed = readFileSync(join(source.recorded.storage, segment.path));
    expect(segment).toMatchObject({ size: sealed.length, sha256: sha256(sealed) });
  }
  for (const file of manifest.files) {
    const content = readFileSync(join(directory, file.path));
    expect(file).toMatchObject({ size: content.length, sha256: sha256(content) });
    expect(file.codec).toMatch(/^avc1\./);
  }
});

it('signs so that OpenSSL alone can check it', async () => {
  const { directory, manifest } = await source.export();
  const key = join(temporaryDirectory(), 'key.pem');
  writeFileSync(key, manifest.signer?.publicKey as string);
  const check = () =>
    execFileSync(
      'openssl',
      ['dgst', '-sha256', '-verify', key, '-signature', 'manifest.sig', 'manifest.json'],
      { cwd: directory, encoding: 'utf8', stdio: 'pipe' },
    );
  expect(check()).toContain('Verified OK');
  flipByte(join(directory, 'manifest.json'));
  expect(check).toThrow();
});

it('names the holes of the recording, with the reason that the index has', async () => {
  const storage = copyOf(source.recorded);
  const index = await RecordingIndex.open({ storage });
  const before = { from: source.from - 60_000, to: source.from };
  index.addGap({ cameraId: 'yard', stream: 0, ...before, frames: 0, reason: 'disconnected' });
  const { manifest } = await source.export({
    ...{ storage: undefined as never, index, from: before.from, to: source.to + 60_000 },
  });
  await index.close();
  const [door, yard] = manifest.cameras;
  expect(door?.gaps.map(({ reason }) => reason)).toEqual(['unknown', 'unknown']);
  expect(yard?.gaps.map(({ reason }) => reason)).toEqual(['disconnected', 'unknown']);
  expect(yard?.gaps[0]?.from).toBe(before.from);
  expect(door?.contained).toHaveLength(1);
});

it('leaves an entry in the audit log that names the manifest, as a plain clip does', async () => {
  const { manifest, manifestSha256 } = await source.export({ reason: 'theft' });
  const [entry] = source.keys.audit.list({ first: 'newest', limit: 1 });
  expect(entry).toMatchObject({
    actor: 'officer',
    action: 'footage.export',
    subject: manifest.id,
    outcome: 'ok',
    detail: { manifest: manifestSha256, reason: 'theft', from: source.from, to: source.to },
  });
  await exportRecording({
    ...{ storage: source.recorded.storage, keys: source.keys, cameraId: 'door' },
    ...{ from: source.from, to: source.to, out: join(temporaryDirectory(), 'clip.mp4') },
  });
  const [clip] = source.keys.audit.list({ first: 'newest', limit: 1 });
  expect(clip).toMatchObject({ action: 'footage.export', subject: 'door', outcome: 'ok' });
});

it('replaces nothing', async () => {
  const directory = temporaryDirectory();
  const first = await source.export({ directory });
  const before = statSync(join(first.directory, 'manifest.json')).mtimeMs;
  expect((await rejectionOf(() => source.export({ directory }))).code).toBe('ERR_EXISTS');
  expect(statSync(join(first.directory, 'manifest.json')).mtimeMs).toBe(before);
  expect(readdirSync(directory)).toHaveLength(1);
});

it('replaces nothing that somebody else puts there meanwhile', async () => {
  const directory = temporaryDirectory();
  const other = temporaryDirectory();
  const name = (await source.export({ directory: other })).directory.split('/').at(-1) as string;
  const target = join(directory, name);
  const error = await rejectionOf(() =>
    source.export({
      directory,
      onProgress: () => {
        mkdirSync(target, { recursive: true });
        writeFileSync(join(target, 'precious'), 'x');
      },
    }),
  );
  expect(error.code).toBe('ERR_EXISTS');
  expect(filesBelow(directory)).toEqual([`${name}/precious`]);
});

it.each([0.1, 0.5, 0.9])(
  'leaves nothing where it is aborted after %d of the work',
  async (part) => {
    for (const format of ['mp4', 'sealed'] as const) {
      const directory = temporaryDirectory();
      const controller = new AbortController();
      const error = await rejectionOf(() =>
        source.export({
          ...{ directory, format, signal: controller.signal },
          onProgress: ({ done, total }) => {
            if (done / total >= part) controller.abort();
          },
        }),
      );
      expect(error.code).toBe('ERR_ABORTED');
      expect(readdirSync(directory)).toEqual([]);
    }
  },
);

it.each(['mp4', 'sealed'])('leaves nothing on a disk that gets full (%s)', async (format) => {
  const { storage } = source.recorded;
  const range = [String(source.from), String(source.to)];
  const { code, stdout } = await child.runWithMounts(
    temporaryDirectory(),
    storage,
    format,
    ...range,
  );
  expect(code).toBe(0);
  const { error, left } = JSON.parse(stdout);
  expect(error).toMatch(/^ERR_\w+ .*(ENOSPC|[Nn]o space left)/);
  expect(left).toEqual([]);
});

it('exports nothing of a recording that was altered, and nothing where one is missing', async () => {
  const storage = copyOf(source.recorded);
  const directory = temporaryDirectory();
  const victim = source.of('yard')[1]?.filePath as string;
  for (const format of ['mp4', 'sealed'] as const) {
    flipByte(join(storage, victim));
    const altered = await rejectionOf(() => source.export({ storage, directory, format }));
    expect(altered.code).toBe('ERR_AUTH_TAG');
    expect(altered.message).toContain(victim);
    flipByte(join(storage, victim));
  }
  renameSync(join(storage, victim), join(storage, 'gone'));
  const missing = await rejectionOf(() => source.export({ storage, directory }));
  expect(missing.code).toBe('ERR_NOT_FOUND');
  expect(missing.message).toContain(victim);
  expect(readdirSync(directory)).toEqual([]);
});

it('notices a segment that is replaced while it exports', async () => {
  const storage = copyOf(source.recorded);
  const victim = join(storage, source.of('door')[0]?.filePath as string);
  const content = readFileSync(victim);
  let replaced = false;
  const error = await rejectionOf(() =>
    source.export({
      storage,
      onProgress: () => {
        if (replaced) return;
        replaced = true;
        writeFileSync(`${victim}.new`, content);
        renameSync(`${victim}.new`, victim);
      },
    }),
  );
  expect(error.code).toBe('ERR_EXPORT_SOURCE_CHANGED');
});

it('says where there is nothing, and takes a camera without footage beside one that has some', async () => {
  const nothing = await rejectionOf(() => source.export({ from: 1, to: 2 }));
  expect(nothing.code).toBe('ERR_NO_FOOTAGE');
  const unknown = await rejectionOf(() => source.export({ cameras: ['door', 'attic'] }));
  expect(unknown.code).toBe('ERR_NO_FOOTAGE');
  expect(unknown.message).toContain('attic');
  const storage = copyOf(source.recorded);
  const index = await RecordingIndex.open({ storage });
  index.insert(segmentAt(0, { cameraId: 'shed', filePath: 'shed/20260101/1' }));
  await index.close();
  const { manifest } = await source.export({ storage, cameras: ['door', 'shed'] });
  expect(manifest.cameras[1]).toMatchObject({ id: 'shed', contained: [] });
  expect(manifest.cameras[1]?.gaps).toHaveLength(1);
});

it.each([
  [{ cameras: [] }, 'cameras'],
  [{ cameras: ['door', 'door'] }, 'cameras'],
  [{ cameras: ['../x'] }, 'cameras'],
  [{ from: 5, to: 5 }, 'to'],
  [{ storage: undefined }, 'storage'],
  [{ keys: undefined }, 'keys'],
  [{ passphrase }, 'keys'],
  [{ format: 'avi' }, 'format'],
  [{ format: 'sealed', packagePassphrase: undefined }, 'packagePassphrase'],
  [{ packagePassphrase: 'x' }, 'packagePassphrase'],
  [{ reason: 'x'.repeat(1001) }, 'reason'],
  [{ sign: 'yes' }, 'sign'],
  [{ till: 5 }, 'till'],
])('exportFootage with %j names %s', async (changes, name) => {
  const options = {
    ...{ storage: source.recorded.storage, keys: source.keys, cameras: ['door'] },
    ...{ from: source.from, to: source.to, directory: temporaryDirectory(), ...changes },
  };
  const error = await rejectionOf(() => exportFootage(options as FootageExportOptions));
  expect(error.code).toBe('ERR_INVALID_ARGUMENT');
  expect(error.message).toContain(name);
});

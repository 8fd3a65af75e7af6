import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type FootageExport,
  KeyManager,
  SegmentReader,
  type SegmentRecord,
  verifyExport,
} from '../../../src/index.js';
import { passphrase } from '../recording/recorded.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { rejectionOf } from '../thrown.js';
import {
  copyOfExport,
  filesBelow,
  flipByte,
  openSource,
  packagePassphrase,
  type Source,
} from './exported.js';

let source: Source;
let sealed: FootageExport;
beforeAll(async () => {
  source = await openSource();
  sealed = await source.export({
    directory: join(source.recorded.storage, '..'),
    format: 'sealed',
  });
});
afterAll(() => source?.close());

async function contentOf(path: string, keys: KeyManager): Promise<Buffer> {
  const reader = await SegmentReader.open({ path, keys });
  try {
    const { plaintextBytes } = await reader.verify();
    return await reader.read(0, plaintextBytes);
  } finally {
    await reader.close();
  }
}

it('holds every segment once, and nothing that its manifest does not name', async () => {
  const { directory, manifest } = sealed;
  const segments = manifest.files.filter(({ kind }) => kind === 'segment');
  expect(segments).toHaveLength(source.recorded.segments.length);
  expect(filesBelow(directory)).toEqual(
    [...manifest.files.map(({ path }) => path), 'manifest.json', 'manifest.sig'].sort(),
  );
  expect(manifest.cameras.every(({ contained }) => contained.length === 1)).toBe(true);
  const report = await verifyExport({ directory, packagePassphrase });
  expect(report.firstBad).toBeUndefined();
  expect(report).toMatchObject({
    ok: true,
    opened: segments.length,
  });
});

it('is opened by another store that takes its keys, frame by frame the same', async () => {
  const other = await KeyManager.create({
    ...{ directory: join(temporaryDirectory(), 'keys'), passphrase: 'theirs', iterations: 100_000 },
  });
  try {
    const packed = JSON.parse(readFileSync(join(sealed.directory, 'keys.json'), 'utf8'));
    const { imported } = await other.importKeys(packed, packagePassphrase);
    expect(imported.length).toBeGreaterThanOrEqual(2);
    for (const [i, entry] of sealed.manifest.segments.entries()) {
      const file = sealed.manifest.files[i] as { path: string; keyId: string };
      const theirs = await contentOf(join(sealed.directory, file.path), other);
      const ours = await contentOf(join(source.recorded.storage, entry.path), source.keys);
      expect(theirs.equals(ours)).toBe(true);
      const reader = await SegmentReader.open({
        path: join(sealed.directory, file.path),
        keys: other,
      });
      expect(reader.header).toMatchObject({
        ...{ cameraId: entry.cameraId, startTime: entry.start, sequence: entry.sequence },
        ...{ stream: entry.stream, keyId: file.keyId },
      });
      await reader.close();
    }
  } finally {
    await other.close();
  }
});

it("gives away no key of the recorder's, and no key without the passphrase", async () => {
  const { manifest, directory } = sealed;
  const own = new Set(source.keys.list({ purpose: 'video' }).map(({ id }) => id));
  for (const { keyId } of manifest.files) expect(own.has(keyId)).toBe(false);
  const first = manifest.files[0] as { path: string };
  const error = await rejectionOf(() =>
    SegmentReader.open({ path: join(directory, first.path), keys: source.keys }),
  );
  expect(error.code).toBe('ERR_KEY_NOT_FOUND');
  const wrong = await verifyExport({ directory, packagePassphrase: passphrase });
  expect(wrong.firstBad).toMatchObject({ code: 'ERR_KEY_PASSPHRASE', file: 'keys.json' });
});

it('is checked as clips are, without the passphrase', async () => {
  const first = sealed.manifest.files[0] as { path: string };
  for (const name of [first.path, 'keys.json']) {
    const directory = copyOfExport(sealed.directory);
    flipByte(join(directory, name));
    expect((await verifyExport({ directory })).firstBad).toMatchObject({
      code: 'ERR_EXPORT_FILE_ALTERED',
      file: name,
    });
  }
});

it('cannot have its segments swapped', async () => {
  const directory = copyOfExport(sealed.directory);
  const [first, second] = sealed.manifest.files.map(({ path }) => join(directory, path)) as [
    string,
    string,
  ];
  const content = readFileSync(first);
  writeFileSync(first, readFileSync(second));
  writeFileSync(second, content);
  expect((await verifyExport({ directory })).firstBad?.code).toBe('ERR_EXPORT_FILE_ALTERED');
});

it('reaches to the ends of the segments that it holds', async () => {
  const [first, second] = source.of('door') as [SegmentRecord, SegmentRecord];
  const { manifest } = await source.export({
    ...{ format: 'sealed', cameras: ['door'] },
    ...{ from: first.endTime - 100, to: second.startTime + 100 },
  });
  expect(manifest.cameras[0]?.contained).toEqual([{ from: first.startTime, to: second.endTime }]);
  expect(manifest.asked).toMatchObject({ from: first.endTime - 100, to: second.startTime + 100 });
});

// Takes footage of several cameras out of a storage as evidence: clips or re-sealed segments, and a
// signed manifest that says what they were made of.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { AuditSigner } from '../audit/index.js';
import { syncDirectory } from '../durable-file.js';
import { FluxError, isFluxError } from '../errors.js';
import { asFluxError, throwIfAborted } from '../events.js';
import type { KeyManager } from '../keys/index.js';
import { native } from '../native/index.js';
import {
  nativeSegments,
  openStorage,
  openStorageKeys,
  RecordingIndex,
  runClipJob,
  type SegmentRecord,
  segmentFile,
} from '../recording/index.js';
import {
  type CameraFootage,
  coveredBy,
  explain,
  findFootage,
  holesBetween,
  noFootage,
} from './footage.js';
import { type FileIdentity, hashFile, identityOf, requireSame } from './hashed-file.js';
import {
  chainSegments,
  type ExportedCamera,
  type ExportedFile,
  type ExportedSegment,
  type ExportManifest,
  KEYS_FILE,
  MANIFEST_FILE,
  MAX_MANIFEST_BYTES,
  manifestBytes,
  SIGNATURE_FILE,
  sealedPath,
  subtractRanges,
} from './manifest.js';
import { type CheckedExport, checkFootageExport, type FootageExportOptions } from './options.js';
import { PackageKeys } from './sealed-package.js';
import { describeSigner, manifestFingerprint, signManifest } from './signature.js';

/** What {@link exportFootage} made. */
export interface FootageExport {
  /** Absolute path of the new directory. */
  directory: string;
  manifest: ExportManifest;
  /** SHA-256 (hex) of manifest.json: what the audit log names the export by. */
  manifestSha256: string;
}

/**
 * Writes the footage of cameras in [from, to) to a new directory inside `directory`, whose name holds
 * the times in UTC: a clip per camera (`mp4`, `mkv`: nothing is re-encoded, see
 * {@link exportRecording}) or their segments under keys of the export's own (`sealed`), with
 * `manifest.json` and its signature `manifest.sig`. A camera that has no footage in that time is in
 * the manifest with its gap. {@link verifyExport} checks it all, without any keys.
 *
 * The directory appears only when it is whole, after its entry `footage.export` is in the audit log.
 * Clips begin at a key frame at or before `from`; sealed exports hold whole segments, so they reach
 * beyond [from, to) at both ends. Rejects with `ERR_NO_FOOTAGE`; `ERR_EXISTS`;
 * `ERR_EXPORT_SOURCE_CHANGED` where a segment was touched meanwhile; `ERR_AUTH_TAG` and other codes of
 * {@link SegmentReader.open} naming the segment; `ERR_IO`; `ERR_AUDIT` and others where the audit log
 * cannot be written; `ERR_ABORTED`. Nothing is left behind then.
 *
 * @example
 * ```ts
 * const { directory, manifest } = await exportFootage({
 *   storage: 'storage', keys, cameras: ['gate', 'yard'], from, to,
 *   directory: '/media/usb', reason: 'case 2026-117',
 * });
 * console.log(directory, manifest.signer?.fingerprint);
 * ```
 */
export async function exportFootage(options: FootageExportOptions): Promise<FootageExport> {
  const checked = checkFootageExport(options);
  throwIfAborted(checked.signal, 'The export');
  const index =
    checked.index ??
    (await RecordingIndex.open({ storage: resolve(checked.storage as string), readOnly: true }));
  try {
    const footage = findFootage(index, checked);
    const target = join(checked.directory, directoryName(checked));
    if (existsSync(target)) throw existsError(target);
    const { keys, release } = await openStorageKeys(index.storage, checked, 'open');
    try {
      return await new FootageExporter(index, keys, footage, checked, target).run();
    } finally {
      await release();
    }
  } finally {
    if (index !== checked.index) await index.close();
  }
}

class FootageExporter {
  readonly #files: ExportedFile[] = [];
  readonly #segments: Omit<ExportedSegment, 'hash'>[] = [];
  readonly #packageKeys = new PackageKeys();
  readonly #temporary: string;
  readonly #totalBytes: number;
  #doneBytes = 0;

  constructor(
    private readonly index: RecordingIndex,
    private readonly keys: KeyManager,
    private readonly footage: readonly CameraFootage[],
    private readonly options: CheckedExport,
    private readonly target: string,
  ) {
    this.#temporary = join(dirname(target), `.${directoryName(options)}.${randomUUID()}`);
    // Each byte is exported once and hashed once.
    this.#totalBytes = 2 * footage.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async run(): Promise<FootageExport> {
    try {
      const made = await this.keys.recordFootageExport(
        (by) => this.#make(by),
        ({ manifest, manifestSha256 }) => told(manifest, manifestSha256),
      );
      await this.#putInPlace();
      return made;
    } catch (error) {
      throw asFluxError(error, 'ERR_IO', `${this.target} cannot be written`);
    } finally {
      await rm(this.#temporary, { recursive: true, force: true });
    }
  }

  async #make(by: { actor: string; signer: AuditSigner }): Promise<FootageExport> {
    const marker = await openStorage(this.index.storage);
    await mkdir(this.#temporary, { mode: 0o700 });
    const cameras: ExportedCamera[] = [];
    for (const camera of this.footage) cameras.push(await this.#exportCamera(camera));
    if (this.#files.length === 0) throw noFootage(this.options);
    if (this.options.format === 'sealed') await this.#writeKeys();

    const { format, from, to, stream, audio, reason, sign } = this.options;
    const manifest: ExportManifest = {
      format: 'fluxvision-export',
      version: 1,
      id: randomUUID(),
      createdAt: Date.now(),
      creator: {
        software: packageJson.name,
        version: packageJson.version,
        storeId: this.keys.storeId,
        storageId: marker.id,
      },
      actor: by.actor,
      reason,
      content: format,
      asked: { from, to, stream, audio: audio || format === 'sealed' },
      cameras,
      ...chainSegments(this.#segments),
      files: this.#files,
      signer: sign ? describeSigner(by.signer) : null,
    };
    const bytes = manifestBytes(manifest);
    if (bytes.length > MAX_MANIFEST_BYTES) {
      throw new FluxError(
        'ERR_LIMIT',
        `An export's manifest holds at most ${MAX_MANIFEST_BYTES} bytes, this one ${bytes.length}. Export fewer cameras or a shorter time.`,
      );
    }
    await this.#write(MANIFEST_FILE, bytes);
    if (sign) await this.#write(SIGNATURE_FILE, signManifest(bytes, by.signer));
    await this.#syncDirectories();
    throwIfAborted(this.options.signal, 'The export');
    return { directory: this.target, manifest, manifestSha256: manifestFingerprint(bytes) };
  }

  async #exportCamera(camera: CameraFootage): Promise<ExportedCamera> {
    const { rows, id, bytes } = camera;
    const identities = new Map<string, FileIdentity>();
    for (const { filePath } of rows) {
      identities.set(filePath, await identityOf(segmentFile(this.index.storage, filePath)));
    }
    const before = this.#doneBytes;
    const exported =
      this.options.format === 'sealed'
        ? await this.#sealCamera(camera)
        : await this.#clipCamera(camera, this.options.format);
    this.#doneBytes = before + bytes;
    // After the export: what was hashed then is the file that was read, as nothing about it changed.
    for (const row of rows)
      await this.#hashSource(row, identities.get(row.filePath) as FileIdentity);
    this.#doneBytes = before + 2 * bytes;
    this.#report(id);
    return exported;
  }

  async #clipCamera(camera: CameraFootage, format: 'mp4' | 'mkv'): Promise<ExportedCamera> {
    const { id, rows, bytes } = camera;
    const { from, to, stream, audio, signal } = this.options;
    if (rows.length === 0) return this.#nothingOf(id);
    const path = `${id}.${format}`;
    const out = join(this.#temporary, path);
    const segments = nativeSegments(this.index.storage, rows, this.keys);
    const before = this.#doneBytes;
    const onProgress = (part: number) => {
      this.#doneBytes = before + Math.round(part * bytes);
      this.#report(id);
    };
    let clip: Awaited<ReturnType<typeof runClipJob>>;
    try {
      clip = await runClipJob({ segments, from, to, out, format, audio }, onProgress, signal);
    } catch (error) {
      // A segment may reach into the interval without a frame in it; other cameras have theirs.
      if (isFluxError(error, 'ERR_NO_FOOTAGE')) return this.#nothingOf(id);
      throw error;
    }
    const codec = rows.find((row) => row.codec !== '')?.codec ?? '';
    await this.#addFile({ path, kind: 'clip', cameraId: id, codec, frames: clip.frames });
    return {
      id,
      contained: subtractRanges({ from: clip.from, to: clip.to }, clip.gaps),
      gaps: explain(this.index, id, stream, clip.gaps),
      leftOut: clip.leftOut,
      audio: clip.audio ?? null,
    };
  }

  async #sealCamera(camera: CameraFootage): Promise<ExportedCamera> {
    const { id, rows } = camera;
    const { stream, signal } = this.options;
    if (rows.length === 0) return this.#nothingOf(id);
    const sources = nativeSegments(this.index.storage, rows, this.keys);
    for (const [i, row] of rows.entries()) {
      throwIfAborted(signal, 'The export');
      const { startTime: start, sequence, codec, frames } = row;
      const path = sealedPath({ cameraId: id, start, sequence });
      const { id: keyId, key } = this.#packageKeys.keyFor(id, start);
      await native.resealSegment(
        { ...(sources[i] as (typeof sources)[number]), keyId: row.keyId },
        { path: join(this.#temporary, path), keyId, key, sequence, stream: row.stream },
      );
      await this.#addFile({ path, kind: 'segment', cameraId: id, codec, frames, keyId, start });
      this.#doneBytes += row.fileSize;
      this.#report(id);
    }
    return {
      id,
      contained: coveredBy(rows),
      gaps: explain(this.index, id, stream, holesBetween(rows, this.options)),
      leftOut: [],
      audio: null,
    };
  }

  #nothingOf(id: string): ExportedCamera {
    const { from, to, stream } = this.options;
    const gaps = explain(this.index, id, stream, [{ from, to }]);
    return { id, contained: [], gaps, leftOut: [], audio: null };
  }

  async #hashSource(row: SegmentRecord, before: FileIdentity): Promise<void> {
    const path = segmentFile(this.index.storage, row.filePath);
    const hashed = await hashFile(path, {
      signal: this.options.signal,
      action: 'The export',
      onBytes: (count) => {
        this.#doneBytes += count;
        this.#report(row.cameraId);
      },
    });
    requireSame(path, before, hashed.identity);
    this.#segments.push({
      cameraId: row.cameraId,
      path: row.filePath,
      stream: row.stream,
      start: row.startTime,
      end: row.endTime,
      sequence: row.sequence,
      frames: row.frames,
      keyId: row.keyId,
      state: row.state,
      size: hashed.size,
      sha256: hashed.sha256,
    });
  }

  async #writeKeys(): Promise<void> {
    const { packagePassphrase } = this.options;
    const content = await this.#packageKeys.pack(
      this.keys.storeId,
      packagePassphrase as string | Uint8Array,
    );
    await this.#write(KEYS_FILE, Buffer.from(`${JSON.stringify(content, null, 2)}\n`));
    await this.#addFile({ path: KEYS_FILE, kind: 'keys', cameraId: '', codec: '', frames: 0 });
  }

  async #addFile(
    file: Omit<ExportedFile, 'size' | 'sha256' | 'keyId' | 'start'> &
      Partial<Pick<ExportedFile, 'keyId' | 'start'>>,
  ): Promise<void> {
    const path = join(this.#temporary, file.path);
    // Durable before the directory gets its name.
    const handle = await open(path, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const { size, sha256 } = await hashFile(path, {
      signal: this.options.signal,
      action: 'The export',
    });
    this.#files.push({ keyId: '', start: 0, ...file, size, sha256 });
  }

  async #write(name: string, content: Uint8Array): Promise<void> {
    const file = await open(join(this.#temporary, name), 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #syncDirectories(): Promise<void> {
    const folders = new Set(['.']);
    for (const { path } of this.#files) {
      for (let at = dirname(path); at !== '.'; at = dirname(at)) folders.add(at);
    }
    for (const folder of folders) await syncDirectory(join(this.#temporary, folder));
  }

  async #putInPlace(): Promise<void> {
    try {
      // Fails where something is there that has content; an empty directory is nothing to lose.
      await rename(this.#temporary, this.target);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(code)) throw existsError(this.target);
      throw error;
    }
    await syncDirectory(dirname(this.target));
  }

  #report(label: string): void {
    const total = this.#totalBytes;
    this.options.onProgress?.({ done: Math.min(this.#doneBytes, total), total, label });
  }
}

/** What the audit log says; an entry names this many cameras, and says how many there were. */
const MAX_NAMED = 20;

function told(manifest: ExportManifest, manifestSha256: string) {
  const { id, content, asked, cameras, reason, signer } = manifest;
  const names = cameras.map((camera) => camera.id);
  return {
    subject: names.length === 1 ? (names[0] as string) : id,
    detail: {
      id,
      format: content,
      cameras: names.slice(0, MAX_NAMED),
      count: names.length,
      from: asked.from,
      to: asked.to,
      manifest: manifestSha256,
      signed: signer !== null,
      ...(reason !== '' && { reason }),
    },
  };
}

/** `export-20260126T140000Z-20260126T141500Z` */
function directoryName({ from, to }: { from: number; to: number }): string {
  const stamp = (at: number) =>
    new Date(at)
      .toISOString()
      .replace(/\.\d{3}Z$/, 'Z')
      .replaceAll(/[-:]/g, '');
  return `export-${stamp(from)}-${stamp(to)}`;
}

function existsError(target: string): FluxError {
  return new FluxError(
    'ERR_EXISTS',
    `${target} exists. Exports replace nothing: move it away, or choose another directory.`,
  );
}

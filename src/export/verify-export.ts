// Checks an export against its manifest, and the manifest against its signature. Needs no keys.
import { lstatSync, readFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  callback,
  checkOptions,
  flag,
  invalidArgument,
  optional,
  passphrase,
  path,
  signal,
  text,
} from '../arguments/index.js';
import { FluxError } from '../errors.js';
import { asFluxError, throwIfAborted } from '../events.js';
import { native } from '../native/index.js';
import { segmentFile } from '../recording/index.js';
import { checkChain, checkStructure } from './check-manifest.js';
import { attempt, attemptAsync, type ExportFault, Fault, fail } from './export-fault.js';
import { hashFile } from './hashed-file.js';
import {
  type ExportedFile,
  type ExportedSegment,
  type ExportManifest,
  KEYS_FILE,
  MANIFEST_FILE,
  MAX_MANIFEST_BYTES,
  SIGNATURE_FILE,
} from './manifest.js';
import type { ExportProgress } from './options.js';
import { readManifest } from './read-manifest.js';
import { openPackage } from './sealed-package.js';
import { isSignatureOf, publicKeyOf } from './signature.js';

/** Options of {@link verifyExport}. */
export interface VerifyExportOptions {
  /** What {@link exportFootage} made. */
  directory: string;
  /**
   * The fingerprint that the signing key shall have: 64 hexadecimal digits, noted where who could
   * alter the export cannot write. Without it the export's own word is taken for who signed.
   */
  key?: string;
  /** Compare the segments of this storage directory too. Needs no keys. */
  storage?: string;
  /** Of a sealed export: authenticate what is inside of its segments too. */
  packagePassphrase?: string | Uint8Array;
  /** Take an export that was made without a signature. Default false. */
  allowUnsigned?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: ExportProgress) => void;
}

/** What {@link verifyExport} found. */
export interface ExportVerification {
  ok: boolean;
  /** The first thing that is wrong; nothing behind it was looked at. */
  firstBad?: ExportFault;
  /** Absent where it cannot be read. Not to be believed where `ok` is false. */
  manifest?: ExportManifest;
  /** True where a signature is there and fits the manifest and the key in it. */
  signed: boolean;
  /** True where that key has the fingerprint that was asked for. */
  trusted: boolean;
  /** Of the key that signed, in hex; show it, and compare it with one that was noted elsewhere. */
  fingerprint?: string;
  /** Files of the export that are as they were written, and their bytes. */
  files: number;
  bytes: number;
  /** Segments of the storage that were compared, and of a sealed export those that were opened. */
  sources: number;
  opened: number;
}

/**
 * Checks an export: its signature, the form of its manifest, the chain over its sources, and every
 * byte of its files. Works offline and without any keys. What is wrong is in the result; rejections
 * are for what prevents verifying: `ERR_NOT_FOUND` where there is no such directory,
 * `ERR_SCHEMA_VERSION`, `ERR_ABORTED`.
 */
export async function verifyExport(options: VerifyExportOptions): Promise<ExportVerification> {
  const checked = checkOptions('verifyExport', options, {
    directory: path,
    key: optional(text(1, 200)),
    storage: optional(path),
    packagePassphrase: optional(passphrase),
    allowUnsigned: optional(flag, false),
    signal: optional(signal),
    onProgress: optional(callback<ExportProgress>()),
  });
  const key = checked.key?.replaceAll(/[\s:]/g, '').toLowerCase();
  if (key !== undefined && !/^[\da-f]{64}$/.test(key)) {
    throw invalidArgument('verifyExport: key', '64 hexadecimal digits', checked.key);
  }
  const directory = resolve(checked.directory);
  if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new FluxError('ERR_NOT_FOUND', `${directory} is not a directory.`);
  }
  return new Verification({ ...checked, directory, key }).run();
}

interface Settings {
  directory: string;
  key: string | undefined;
  storage: string | undefined;
  packagePassphrase: string | Uint8Array | undefined;
  allowUnsigned: boolean;
  signal: AbortSignal | undefined;
  onProgress: ((progress: ExportProgress) => void) | undefined;
}

class Verification {
  readonly #result: ExportVerification = {
    ok: false,
    signed: false,
    trusted: false,
    files: 0,
    bytes: 0,
    sources: 0,
    opened: 0,
  };
  #total = 0;
  #done = 0;

  constructor(private readonly settings: Settings) {}

  async run(): Promise<ExportVerification> {
    try {
      const bytes = this.#readSmall(MANIFEST_FILE, MAX_MANIFEST_BYTES, 'ERR_EXPORT_MANIFEST');
      const manifest = attempt(MANIFEST_FILE, () => readManifest(bytes));
      this.#result.manifest = manifest;
      this.#checkSignature(manifest, bytes);
      checkStructure(manifest);
      checkChain(manifest);
      const sources = this.settings.storage === undefined ? [] : manifest.segments;
      this.#total = [...manifest.files, ...sources].reduce((sum, { size }) => sum + size, 0);
      for (const file of manifest.files) await this.#checkFile(file);
      await this.#findUnknown(manifest);
      for (const segment of sources) await this.#checkSource(segment);
      await this.#openSealed(manifest);
      this.#result.ok = true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#result.firstBad = error.fault;
    }
    return this.#result;
  }

  #checkSignature({ signer }: ExportManifest, bytes: Buffer): void {
    const { directory, key, allowUnsigned } = this.settings;
    const there = lstatSync(join(directory, SIGNATURE_FILE), { throwIfNoEntry: false });
    if (!signer) {
      if (there)
        fail('ERR_EXPORT_SIGNATURE', SIGNATURE_FILE, 'it signs a manifest that names no key');
      if (key !== undefined || !allowUnsigned) {
        fail(
          'ERR_EXPORT_UNSIGNED',
          MANIFEST_FILE,
          'it is not signed: anyone may have written it, or taken its signature away',
        );
      }
      return;
    }
    const publicKey = publicKeyOf(signer);
    if (!publicKey) {
      fail('ERR_EXPORT_SIGNATURE', MANIFEST_FILE, 'its key does not have the fingerprint it names');
    }
    const signature = this.#readSmall(SIGNATURE_FILE, 1024, 'ERR_EXPORT_SIGNATURE');
    if (!isSignatureOf(publicKey, bytes, signature)) {
      fail(
        'ERR_EXPORT_SIGNATURE',
        SIGNATURE_FILE,
        'it is no signature of this manifest: one of the two was altered',
      );
    }
    this.#result.signed = true;
    this.#result.fingerprint = signer.fingerprint;
    if (key === undefined) return;
    if (signer.fingerprint !== key) {
      fail(
        'ERR_EXPORT_KEY',
        SIGNATURE_FILE,
        `the key ${signer.fingerprint} signed it, not ${key}: somebody else did`,
      );
    }
    this.#result.trusted = true;
  }

  async #checkFile(file: ExportedFile): Promise<void> {
    await this.#requireContent(join(this.settings.directory, ...file.path.split('/')), file, {
      missing: 'ERR_EXPORT_FILE_MISSING',
      altered: 'ERR_EXPORT_FILE_ALTERED',
    });
    this.#result.files++;
    this.#result.bytes += file.size;
  }

  async #checkSource(segment: ExportedSegment): Promise<void> {
    const file = segmentFile(resolve(this.settings.storage as string), segment.path);
    await this.#requireContent(file, segment, {
      missing: 'ERR_EXPORT_SOURCE_MISSING',
      altered: 'ERR_EXPORT_SOURCE_ALTERED',
    });
    this.#result.sources++;
  }

  async #requireContent(
    absolute: string,
    expected: { path: string; size: number; sha256: string },
    codes: { missing: string; altered: string },
  ): Promise<void> {
    const { path: name, size, sha256 } = expected;
    const found = await lstat(absolute).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw asFluxError(error, 'ERR_IO', absolute);
    });
    if (!found) fail(codes.missing, name, 'it is gone');
    if (!found.isFile()) fail(codes.altered, name, 'it is no plain file');
    // Saves reading it, and reading without end.
    if (found.size !== size) fail(codes.altered, name, `it has ${found.size} bytes, not ${size}`);
    const hashed = await hashFile(absolute, {
      signal: this.settings.signal,
      action: 'Verifying',
      onBytes: (count) => this.#report(count, name),
    });
    if (hashed.sha256 !== sha256)
      fail(codes.altered, name, 'its bytes are not those that were written');
  }

  /** What is there beside what the manifest names. */
  async #findUnknown(manifest: ExportManifest): Promise<void> {
    const known = new Set([MANIFEST_FILE, ...manifest.files.map((file) => file.path)]);
    if (manifest.signer) known.add(SIGNATURE_FILE);
    const folders = new Set<string>();
    for (const { path: name } of manifest.files) {
      const parts = name.split('/');
      for (let i = 1; i < parts.length; i++) folders.add(parts.slice(0, i).join('/'));
    }
    for (const folder of ['', ...folders]) {
      throwIfAborted(this.settings.signal, 'Verifying');
      const inside = await readdir(join(this.settings.directory, folder), { withFileTypes: true });
      for (const entry of inside.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (known.has(name) || (entry.isDirectory() && folders.has(name))) continue;
        fail('ERR_EXPORT_FILE_UNKNOWN', name, 'the manifest does not name it: it was added');
      }
    }
  }

  async #openSealed({ content, files }: ExportManifest): Promise<void> {
    const { packagePassphrase, directory } = this.settings;
    if (content !== 'sealed' || packagePassphrase === undefined) return;
    const keys = await attemptAsync(KEYS_FILE, () =>
      openPackage(
        parseJson(this.#readSmall(KEYS_FILE, MAX_MANIFEST_BYTES, 'ERR_KEY_PACKAGE')),
        packagePassphrase,
      ),
    );
    for (const file of files) {
      if (file.kind !== 'segment') continue;
      throwIfAborted(this.settings.signal, 'Verifying');
      await attemptAsync(file.path, async () => {
        const key = keys.get(file.keyId);
        if (!key) throw new FluxError('ERR_KEY_NOT_FOUND', `keys.json has no key ${file.keyId}.`);
        const source = {
          path: join(directory, ...file.path.split('/')),
          cameraId: file.cameraId,
          startTime: file.start,
          allowUnfinished: false,
          audio: false,
        };
        const reader = await native.openSegment(source, key);
        try {
          await reader.verify();
        } finally {
          reader.close();
        }
      });
      this.#result.opened++;
    }
  }

  #readSmall(name: string, max: number, code: string): Buffer {
    const file = join(this.settings.directory, name);
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (!found) fail(code, name, 'it is missing');
    if (!found.isFile()) fail(code, name, 'it is no plain file');
    if (found.size > max) fail(code, name, `it has more than ${max} bytes`);
    return readFileSync(file);
  }

  #report(count: number, label: string): void {
    this.#done += count;
    const done = Math.min(this.#done, this.#total);
    this.settings.onProgress?.({ done, total: this.#total, label });
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new FluxError('ERR_KEY_PACKAGE', `keys.json is no JSON: ${(error as Error).message}`);
  }
}

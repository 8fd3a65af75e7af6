// Rebuilds a directory as a power cut at any point of the shim's log would leave it. What was fsynced is
// there: a file's bytes by an fsync of the file, its name by an fsync of its folder. What was not is
// gone (`strict`), or partly there (`torn`): of file bytes any 4 KiB blocks, of names those up to some
// point, as journalling file systems do it.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A change of the directory, or a mark that the process made between two. */
export interface LoggedCall {
  op: string;
  /** Relative to the root; '.' is the root. */
  path: string;
  /** Target of a rename or link; of a sync, its kind. */
  other: string;
  inode: number;
  /** Where bytes were written, the size truncated to, or the number of a sync. */
  offset: number;
  /** UTC milliseconds. */
  wallMs: number;
  data: Buffer;
}

export type CutVariant = 'strict' | 'torn';

const MAGIC = 0x464c5531;
const HEAD = 56;
const BLOCK = 4096;

export function readLog(path: string): LoggedCall[] {
  const bytes = readFileSync(path);
  const calls: LoggedCall[] = [];
  for (let at = 0; at + HEAD <= bytes.length; ) {
    if (bytes.readUInt32LE(at) !== MAGIC) throw new Error(`${path}: no record at ${at}`);
    const [pathBytes, otherBytes, dataBytes] = [4, 8, 12].map((o) =>
      bytes.readUInt32LE(at + o),
    ) as [number, number, number];
    const end = at + HEAD + pathBytes + otherBytes + dataBytes;
    // The process died in the middle of its last record.
    if (end > bytes.length) break;
    const op = bytes.toString('latin1', at + 40, at + 56);
    const texts = at + HEAD;
    calls.push({
      op: op.slice(0, op.indexOf('\0')),
      path: bytes.toString('utf8', texts, texts + pathBytes),
      other: bytes.toString('utf8', texts + pathBytes, texts + pathBytes + otherBytes),
      inode: Number(bytes.readBigUInt64LE(at + 16)),
      offset: Number(bytes.readBigInt64LE(at + 24)),
      wallMs: Number(bytes.readBigInt64LE(at + 32)),
      data: bytes.subarray(texts + pathBytes + otherBytes, end),
    });
    at = end;
  }
  return calls;
}

interface Change {
  call: number;
  /** Undefined: the file was cut to `offset`. */
  data?: Buffer;
  offset: number;
}

class FileState {
  #bytes: Buffer;
  #size: number;
  pending: Change[] = [];

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = Buffer.from(bytes);
    this.#size = bytes.length;
  }

  settle(before: number): void {
    const left = this.pending.filter(({ call }) => call >= before);
    for (const change of this.pending) if (change.call < before) this.#apply(change);
    this.pending = left;
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  torn(random: () => number): Buffer {
    const copy = new FileState(this.content());
    for (const change of this.pending) {
      const { data, offset } = change;
      if (data === undefined) {
        if (random() < 0.5) copy.#apply(change);
        continue;
      }
      for (let from = 0; from < data.length; ) {
        const length = Math.min(BLOCK - ((offset + from) % BLOCK), data.length - from);
        if (random() < 0.5) {
          copy.#apply({
            ...change,
            data: data.subarray(from, from + length),
            offset: offset + from,
          });
        }
        from += length;
      }
    }
    return copy.content();
  }

  #apply({ data, offset }: Change): void {
    if (data === undefined) {
      if (offset < this.#size) this.#bytes.fill(0, offset, this.#size);
      this.#reserve(offset);
      this.#size = offset;
      return;
    }
    this.#reserve(offset + data.length);
    data.copy(this.#bytes, offset);
    this.#size = Math.max(this.#size, offset + data.length);
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }
}

type Entry = FileState | 'folder';

/** One name that comes (`entry`) or goes, in the folder that has to be synced for it. */
interface Naming {
  call: number;
  path: string;
  entry: Entry | undefined;
}

/** The state of the directory before call number `cut` of the log. */
export class PowerCut {
  /** What a reader sees while the machine runs, and what is on the platter, by path. */
  readonly #seen = new Map<string, Entry>();
  readonly #durable = new Map<string, Entry>();
  readonly #inodes = new Map<number, FileState>();
  readonly #begun = new Map<number, number>();
  #namings: Naming[] = [];
  #next = 0;

  /** `base`: a copy of the directory from before the log began, all of it durable. */
  constructor(
    private readonly calls: readonly LoggedCall[],
    base: string,
  ) {
    for (const name of readdirSync(base, { recursive: true, encoding: 'utf8' })) {
      const path = join(base, name);
      const entry = statSync(path).isDirectory() ? 'folder' : new FileState(readFileSync(path));
      this.#seen.set(name, entry);
      this.#durable.set(name, entry);
    }
  }

  /** Goes on in the log; only forward. */
  advanceTo(cut: number): void {
    for (; this.#next < cut; this.#next++) this.#take(this.calls[this.#next] as LoggedCall);
  }

  /** Writes the directory as it is after the cut to `target`, which must not exist. */
  materialise(target: string, variant: CutVariant, random: () => number = Math.random): void {
    const names = new Map(this.#durable);
    if (variant === 'torn') {
      const upTo = Math.floor(random() * (this.#namings.length + 1));
      for (const naming of this.#namings.slice(0, upTo)) applyNaming(names, naming);
    }
    mkdirSync(target, { recursive: true, mode: 0o700 });
    for (const path of [...names.keys()].sort()) {
      const entry = names.get(path) as Entry;
      // The index of the WAL is shared memory, and made anew by SQLite.
      if (path.endsWith('-shm') || !hasParents(names, path)) continue;
      if (entry === 'folder') mkdirSync(join(target, path), { recursive: true, mode: 0o700 });
      else {
        const bytes = variant === 'torn' ? entry.torn(random) : entry.content();
        writeFileSync(join(target, path), bytes, { mode: 0o600 });
      }
    }
  }

  #take({ op, path, other, inode, offset, data }: LoggedCall): void {
    const call = this.#next;
    switch (op) {
      case 'create': {
        const file = new FileState();
        this.#inodes.set(inode, file);
        this.#name(path, file);
        break;
      }
      case 'mkdir':
        this.#name(path, 'folder');
        break;
      case 'write':
        this.#file(inode, path)?.pending.push({ call, data, offset });
        break;
      case 'truncate':
        this.#file(inode, path)?.pending.push({ call, offset });
        break;
      case 'unlink':
      case 'rmdir':
        this.#name(path, undefined);
        break;
      case 'link':
        this.#name(other, this.#seen.get(path));
        break;
      case 'rename': {
        const entry = this.#seen.get(path);
        this.#name(other, entry);
        this.#name(path, undefined);
        break;
      }
      case 'begin':
        this.#begun.set(offset, call);
        break;
      case 'end':
        this.#settle(other, path, inode, this.#begun.get(offset) ?? call);
        break;
    }
  }

  #settle(kind: string, path: string, inode: number, before: number): void {
    if (kind === 'sync') this.#file(inode, path)?.settle(before);
    if (kind === 'syncfs') for (const entry of this.#seen.values()) settleEntry(entry, before);
    if (kind === 'sync') return;
    const covered = (naming: Naming) =>
      naming.call < before && (kind === 'syncfs' || dirname(naming.path) === path);
    for (const naming of this.#namings) if (covered(naming)) applyNaming(this.#durable, naming);
    this.#namings = this.#namings.filter((naming) => !covered(naming));
  }

  #name(path: string, entry: Entry | undefined): void {
    const naming = { call: this.#next, path, entry };
    applyNaming(this.#seen, naming);
    this.#namings.push(naming);
  }

  /** Files of the base have no number yet. */
  #file(inode: number, path: string): FileState | undefined {
    const known = this.#inodes.get(inode);
    if (known) return known;
    const entry = this.#seen.get(path);
    if (entry === undefined || entry === 'folder') return undefined;
    this.#inodes.set(inode, entry);
    return entry;
  }
}

function settleEntry(entry: Entry, before: number): void {
  if (entry !== 'folder') entry.settle(before);
}

function applyNaming(names: Map<string, Entry>, { path, entry }: Naming): void {
  if (entry) names.set(path, entry);
  else names.delete(path);
}

function hasParents(names: ReadonlyMap<string, Entry>, path: string): boolean {
  const parent = dirname(path);
  return parent === '.' || (names.get(parent) === 'folder' && hasParents(names, parent));
}

/** Copies a directory of files and folders. */
export function copyDirectory(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyDirectory(source, target);
    else if (basename(source) !== '.lock') copyFileSync(source, target);
  }
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The Merkle tree of RFC 6962 §2.1 over the entries of a log, as it grows: of n leaves it keeps the
// roots of the at most log2(n) + 1 perfect subtrees that make them up.
import { createHash } from 'node:crypto';

export const HASH_BYTES = 32;
const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);

/** SHA-256(0x00 || data). */
export function hashLeaf(data: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(data).digest();
}

/** SHA-256(0x01 || left || right). */
function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

export class MerkleTree {
  /** Largest subtree first. */
  readonly #subtrees: Buffer[];
  #size: number;

  private constructor(size: number, subtrees: Buffer[]) {
    this.#size = size;
    this.#subtrees = subtrees;
  }

  static empty(): MerkleTree {
    return new MerkleTree(0, []);
  }

  /** The tree whose {@link state} was kept; undefined where that is none of `size` leaves. */
  static restore(size: number, state: Uint8Array): MerkleTree | undefined {
    if (state.length !== subtreesOf(size) * HASH_BYTES) return undefined;
    const subtrees: Buffer[] = [];
    for (let at = 0; at < state.length; at += HASH_BYTES) {
      subtrees.push(Buffer.from(state.subarray(at, at + HASH_BYTES)));
    }
    return new MerkleTree(size, subtrees);
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** Adds a leaf, by its hash. */
  add(leafHash: Buffer): void {
    let node = leafHash;
    // Each one bit at the end of the size is a subtree that the new leaf completes to a larger one.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = hashNode(this.#subtrees.pop() as Buffer, node);
    }
    this.#subtrees.push(node);
    this.#size += 1;
  }

  root(): Buffer {
    if (this.#size === 0) return createHash('sha256').digest();
    return this.#subtrees.reduceRight((right, left) => hashNode(left, right));
  }

  /** The subtrees' roots one behind the other, largest subtree first. */
  state(): Buffer {
    return Buffer.concat(this.#subtrees);
  }

  copy(): MerkleTree {
    return new MerkleTree(this.#size, [...this.#subtrees]);
  }
}

/** The number of one bits. */
function subtreesOf(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

// ARIA with keys of 256 bits (RFC 5794), one block at a time: WebCrypto does not have it. It looks into
// tables at places that depend on the key, so whoever can time this thread's caches exactly might learn
// something of it. The key is one connection's, in a worker of the page that shows its pictures anyway.

/** RFC 5794 §2.4.2: SB1 and SB2; SB3 and SB4 are their inverses. */
const SB1 = `
  637c777bf26b6fc53001672bfed7ab76ca82c97dfa5947f0add4a2af9ca472c0
  b7fd9326363ff7cc34a5e5f171d8311504c723c31896059a071280e2eb27b275
  09832c1a1b6e5aa0523bd6b329e32f8453d100ed20fcb15b6acbbe394a4c58cf
  d0efaafb434d338545f9027f503c9fa851a3408f929d38f5bcb6da2110fff3d2
  cd0c13ec5f974417c4a77e3d645d197360814fdc222a908846eeb814de5e0bdb
  e0323a0a4906245cc2d3ac629195e479e7c8376d8dd54ea96c56f4ea657aae08
  ba78252e1ca6b4c6e8dd741f4bbd8b8a703eb5664803f60e613557b986c11d9e
  e1f8981169d98e949b1e87e9ce5528df8ca1890dbfe6426841992d0fb054bb16`;
const SB2 = `
  e24e54fc94c24acc620d6a463c4d8bd15efa64cbb497be2bbc772e03d31959c1
  1d06416b55f09969ea9c18ae63dfe7bb007366fb964c85e43a0945aa0fee10eb
  2d7ff429accfad918d78c895f92fcecd087a88385c832a2847dbb8c793a41253
  ff870e3136215848018e377432cae9b1b7ab0cd7c4564226079860d9b6b91140
  ec208cbda0c984044923f14f501f13dcd8c09e57e3c37b653b028f3ee82592e5
  15ddfd17a9bfd49a7ec53967fe769d43a7e1d0f568f21b347005a38ad57986a8
  30c6514b1ea627f635d26e2416825fdae675a2ef2cb21c9f5d6f800a72449b6c
  900b5b337d5a52f361a1f7b0d63f7c6ded14e0a53d22b3f889de711aafbab581`;

// Each table has its box's byte in the three places of a word that the diffusion layer (§2.4.3) adds it
// to; what is left of that layer is exclusive-ors and rotations of whole words.
const S1 = spread(boxOf(SB1), 0x00010101);
const S2 = spread(boxOf(SB2), 0x01000101);
const S3 = spread(inverseOf(boxOf(SB1)), 0x01010001);
const S4 = spread(inverseOf(boxOf(SB2)), 0x01010100);

/** §2.2: CK1, CK2 and CK3 of 256-bit keys are C3, C1 and C2. */
const C1 = [0x517cc1b7, 0x27220a94, 0xfe13abe8, 0xfa9a6ee0] as const;
const C2 = [0x6db14acc, 0x9e21c820, 0xff28b1d5, 0xef5de2b0] as const;
const C3 = [0xdb92371d, 0x2126e970, 0x03249775, 0x04e8c90e] as const;

const ROUNDS = 16;
/** §2.2, by how far the second part is turned to the right: of round keys 1 to 4, 5 to 8, and so on. */
const TURNS = [19, 31, 67, 97, 109] as const;

export const KEY_BYTES = 32;
export const BLOCK_BYTES = 16;

type Block = [number, number, number, number];

export class Aria256 {
  readonly #keys: Uint32Array;

  /** `RangeError` where `key` has not 32 bytes. */
  constructor(key: Uint8Array) {
    if (key.byteLength !== KEY_BYTES) throw new RangeError(`an ARIA-256 key has 32 bytes`);
    this.#keys = expand(key);
  }

  /** Encrypts in place: four words, the first one has the first bytes, big-endian. */
  encrypt(block: Uint32Array): void {
    const keys = this.#keys;
    let a = block[0] as number;
    let b = block[1] as number;
    let c = block[2] as number;
    let d = block[3] as number;
    let at = 0;
    for (;;) {
      a ^= keys[at] as number;
      b ^= keys[at + 1] as number;
      c ^= keys[at + 2] as number;
      d ^= keys[at + 3] as number;
      a = odd(a);
      b = odd(b);
      c = odd(c);
      d = odd(d);
      b ^= c;
      c ^= d;
      a ^= b;
      d ^= b;
      c ^= a;
      b ^= c;
      b = swapNeighbours(b);
      c = (c << 16) | (c >>> 16);
      d = swapAll(d);
      b ^= c;
      c ^= d;
      a ^= b;
      d ^= b;
      c ^= a;
      b ^= c;
      at += 4;
      a ^= keys[at] as number;
      b ^= keys[at + 1] as number;
      c ^= keys[at + 2] as number;
      d ^= keys[at + 3] as number;
      at += 4;
      if (at === 4 * ROUNDS) break;
      a = even(a);
      b = even(b);
      c = even(c);
      d = even(d);
      b ^= c;
      c ^= d;
      a ^= b;
      d ^= b;
      c ^= a;
      b ^= c;
      d = swapNeighbours(d);
      a = (a << 16) | (a >>> 16);
      b = swapAll(b);
      b ^= c;
      c ^= d;
      a ^= b;
      d ^= b;
      c ^= a;
      b ^= c;
    }
    block[0] = last(a) ^ (keys[at] as number);
    block[1] = last(b) ^ (keys[at + 1] as number);
    block[2] = last(c) ^ (keys[at + 2] as number);
    block[3] = last(d) ^ (keys[at + 3] as number);
  }

  /** Forgets the key. */
  wipe(): void {
    this.#keys.fill(0);
  }
}

/** Substitution layer type 1 of a word, with the first part of the diffusion. */
function odd(x: number): number {
  return (
    (S1[x >>> 24] as number) ^
    (S2[(x >>> 16) & 0xff] as number) ^
    (S3[(x >>> 8) & 0xff] as number) ^
    (S4[x & 0xff] as number)
  );
}

/** Substitution layer type 2. */
function even(x: number): number {
  return (
    (S3[x >>> 24] as number) ^
    (S4[(x >>> 16) & 0xff] as number) ^
    (S1[(x >>> 8) & 0xff] as number) ^
    (S2[x & 0xff] as number)
  );
}

/** Substitution layer type 2 alone: the last round has no diffusion. */
function last(x: number): number {
  return (
    ((S3[x >>> 24] as number) & 0xff000000) |
    ((S4[(x >>> 16) & 0xff] as number) & 0xff0000) |
    ((S1[(x >>> 8) & 0xff] as number) & 0xff00) |
    ((S2[x & 0xff] as number) & 0xff)
  );
}

function swapNeighbours(x: number): number {
  return ((x << 8) & 0xff00ff00) | ((x >>> 8) & 0x00ff00ff);
}

function swapAll(x: number): number {
  const half = (x << 16) | (x >>> 16);
  return swapNeighbours(half);
}

/** The diffusion layer behind {@link odd}, and behind {@link even}, whose words are two places on. */
function diffuse(words: Block, isEven: boolean): Block {
  const mixed = mix(words);
  const first = isEven ? 2 : 0;
  const at = (i: number) => (first + i) % 4;
  mixed[at(1)] = swapNeighbours(mixed[at(1)] as number);
  mixed[at(2)] = ((mixed[at(2)] as number) << 16) | ((mixed[at(2)] as number) >>> 16);
  mixed[at(3)] = swapAll(mixed[at(3)] as number);
  return mix(mixed);
}

function mix([a, b, c, d]: Block): Block {
  const all = a ^ b ^ c ^ d;
  return [all ^ d, all ^ b, all ^ c, all ^ a];
}

/** §2.2. */
function expand(key: Uint8Array): Uint32Array {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const read = (at: number): Block => [0, 4, 8, 12].map((i) => view.getUint32(at + i)) as Block;
  const w0 = read(0);
  const w1 = xor(diffuse(xor(w0, C3).map(odd) as Block, false), read(16));
  const w2 = xor(diffuse(xor(w1, C1).map(even) as Block, true), w0);
  const w3 = xor(diffuse(xor(w2, C2).map(odd) as Block, false), w1);
  const words = [w0, w1, w2, w3] as const;
  const keys = new Uint32Array(4 * (ROUNDS + 1));
  for (let i = 0; i <= ROUNDS; i += 1) {
    const [plain, turned] = [words[i % 4], words[(i + 1) % 4]] as [Block, Block];
    keys.set(xor(plain, turnRight(turned, TURNS[i >> 2] as number)), 4 * i);
  }
  return keys;
}

function xor(x: Block, y: readonly [number, number, number, number]): Block {
  return [x[0] ^ y[0], x[1] ^ y[1], x[2] ^ y[2], x[3] ^ y[3]];
}

/** By `bits`, of which there are no multiples of 32 here. */
function turnRight(words: Block, bits: number): Block {
  const skip = bits >> 5;
  const by = bits & 31;
  return [0, 1, 2, 3].map((i) => {
    const here = words[(i - skip + 4) % 4] as number;
    const before = words[(i - skip + 3) % 4] as number;
    return (here >>> by) | (before << (32 - by));
  }) as Block;
}

function boxOf(hex: string): Uint8Array {
  const pairs = hex.match(/[\da-f]{2}/g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function inverseOf(box: Uint8Array): Uint8Array {
  const inverse = new Uint8Array(256);
  box.forEach((value, i) => {
    inverse[value] = i;
  });
  return inverse;
}

function spread(box: Uint8Array, places: number): Uint32Array {
  return Uint32Array.from(box, (value) => value * places);
}

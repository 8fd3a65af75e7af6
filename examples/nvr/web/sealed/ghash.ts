// GHASH (NIST SP 800-38D §6.4): products in GF(2^128) with one hash key, a byte at a time by a table of
// its 256 multiples (Shoup). Tables as in aria.ts, and the same is true of who times them.

/** What a product loses at its end when it moves by eight bits comes back at its beginning. */
const REDUCTION = Uint32Array.from({ length: 256 }, (_, lost) => {
  let word = lost;
  for (let i = 0; i < 8; i += 1) word = (word >>> 1) ^ (word & 1 ? 0xe1000000 : 0);
  return word >>> 0;
});

export class Ghash {
  /** Four words for each byte. */
  readonly #multiples = new Uint32Array(4 * 256);
  readonly #sum = new Uint32Array(4);

  /** `hashKey`: four words, big-endian: the block of zeros, encrypted. */
  constructor(hashKey: Uint32Array) {
    const table = this.#multiples;
    // Bits are reflected: 0x80 is 1.
    let [a, b, c, d] = hashKey as unknown as [number, number, number, number];
    for (let byte = 0x80; byte > 0; byte >>= 1) {
      table.set([a, b, c, d], 4 * byte);
      const carry = d & 1 ? 0xe1000000 : 0;
      d = (d >>> 1) | (c << 31);
      c = (c >>> 1) | (b << 31);
      b = (b >>> 1) | (a << 31);
      a = (a >>> 1) ^ carry;
    }
    for (let byte = 2; byte < 256; byte <<= 1) {
      for (let rest = 1; rest < byte; rest += 1) {
        for (let i = 0; i < 4; i += 1) {
          table[4 * (byte + rest) + i] = (table[4 * byte + i] ?? 0) ^ (table[4 * rest + i] ?? 0);
        }
      }
    }
  }

  /** Begins anew. */
  reset(): void {
    this.#sum.fill(0);
  }

  /** Of whole blocks: what is missing of the last one counts as zeros. */
  update(view: DataView, offset: number, length: number): void {
    const whole = offset + (length & ~15);
    for (let at = offset; at < whole; at += 16) {
      this.block(
        view.getUint32(at),
        view.getUint32(at + 4),
        view.getUint32(at + 8),
        view.getUint32(at + 12),
      );
    }
    if (whole === offset + length) return;
    const rest = new DataView(new ArrayBuffer(16));
    for (let at = whole; at < offset + length; at += 1) {
      rest.setUint8(at - whole, view.getUint8(at));
    }
    this.update(rest, 0, 16);
  }

  block(a: number, b: number, c: number, d: number): void {
    const sum = this.#sum;
    const table = this.#multiples;
    const x3 = (sum[3] as number) ^ d;
    const x2 = (sum[2] as number) ^ c;
    const x1 = (sum[1] as number) ^ b;
    const x0 = (sum[0] as number) ^ a;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    let word = x3;
    // Horner's rule from the last byte on; the first turn moves zeros.
    for (let i = 0; i < 16; i += 1) {
      if (i === 4) word = x2;
      else if (i === 8) word = x1;
      else if (i === 12) word = x0;
      const lost = z3 & 0xff;
      const at = (word & 0xff) << 2;
      word >>>= 8;
      z3 = ((z3 >>> 8) | (z2 << 24)) ^ (table[at + 3] as number);
      z2 = ((z2 >>> 8) | (z1 << 24)) ^ (table[at + 2] as number);
      z1 = ((z1 >>> 8) | (z0 << 24)) ^ (table[at + 1] as number);
      z0 = (z0 >>> 8) ^ (REDUCTION[lost] as number) ^ (table[at] as number);
    }
    sum[0] = z0;
    sum[1] = z1;
    sum[2] = z2;
    sum[3] = z3;
  }

  /** Four words. */
  get sum(): Readonly<Uint32Array> {
    return this.#sum;
  }

  /** Forgets the hash key. */
  wipe(): void {
    this.#multiples.fill(0);
    this.#sum.fill(0);
  }
}

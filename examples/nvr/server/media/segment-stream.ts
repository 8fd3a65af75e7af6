// The Matroska file inside of a sealed segment as a stream: read and verified chunk by chunk, as fast as
// the client takes it.
import { Readable } from 'node:stream';
import type { SegmentReader } from '@fluxvision/core';

const CHUNK_BYTES = 256 << 10;

export class SegmentStream extends Readable {
  readonly #reader: SegmentReader;
  readonly #end: number;
  #at: number;

  /** Bytes from `first` to `last`, both inclusive. The reader is closed with the stream. */
  constructor(reader: SegmentReader, first: number, last: number) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#reader = reader;
    this.#at = first;
    this.#end = last + 1;
  }

  override _read(): void {
    const length = Math.min(CHUNK_BYTES, this.#end - this.#at);
    if (length <= 0) {
      this.push(null);
      return;
    }
    this.#reader.read(this.#at, length).then(
      (bytes) => {
        this.#at += bytes.length;
        this.push(bytes.length > 0 ? bytes : null);
      },
      (error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#reader.close().then(
      () => done(error),
      (closing) => done(error ?? closing),
    );
  }
}

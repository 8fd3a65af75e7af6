// What waits to be appended to a SourceBuffer: a list, bounded, never one buffer that could overflow.

export interface Chunk {
  /** An initialization segment, or one fragment. */
  data: Uint8Array;
  init?: { codec: string };
  key: boolean;
  /** The stream's times go on from here as they are; otherwise they are joined to what came before. */
  joins: boolean;
  /** Decode time, seconds of the stream. */
  decodeTime: number;
  /** End of the picture, seconds of the stream; and when the server had it, by our clock. */
  presentationTime: number;
  capturedAt: number;
}

export class AppendQueue {
  private readonly chunks: Chunk[] = [];
  private bytes = 0;

  constructor(
    private readonly mostBytes = 8 * 1024 * 1024,
    private readonly mostChunks = 512,
  ) {}

  get length(): number {
    return this.chunks.length;
  }

  /** False: it was full, and is empty now; begin again with a key frame. */
  push(chunk: Chunk): boolean {
    if (
      this.chunks.length >= this.mostChunks ||
      this.bytes + chunk.data.byteLength > this.mostBytes
    ) {
      this.clear();
      return false;
    }
    this.chunks.push(chunk);
    this.bytes += chunk.data.byteLength;
    return true;
  }

  shift(): Chunk | undefined {
    const chunk = this.chunks.shift();
    if (chunk) this.bytes -= chunk.data.byteLength;
    return chunk;
  }

  /** Puts back what could not be appended yet. */
  unshift(chunk: Chunk): void {
    this.chunks.unshift(chunk);
    this.bytes += chunk.data.byteLength;
  }

  clear(): void {
    this.chunks.length = 0;
    this.bytes = 0;
  }
}

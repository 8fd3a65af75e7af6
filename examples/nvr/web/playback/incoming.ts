// What comes over one connection of a playback: whose pictures they are, which were taken, and up to which
// moment all of them have come.
import type { InitMessage, PictureHeader } from '../../protocol/picture.js';
import type { Screens } from './screens.js';
import { Taken } from './taken.js';

/** The server is told about pictures that were taken no more often. */
const TELL_MS = 40;
/**
 * Pictures so far ahead of the clock, at speed 1, are not told of as taken: a server that has nothing to
 * send meanwhile, or is quicker than the others, waits for it.
 */
const HORIZON_MS = 2000;

export class Incoming {
  readonly #taken = new Taken();
  /** By stream number. */
  readonly #cameraOf = new Map<number, string>();
  #reach: number | undefined;
  /** Of the picture that is shown last. */
  #newest = Number.NEGATIVE_INFINITY;
  #toldAt = 0;
  /** Pictures that wait in tiles, and those that tiles took ahead of their time: UTC milliseconds. */
  readonly #times = new Map<number, number>();
  readonly #early = new Set<number>();

  constructor(
    private readonly screens: Screens,
    private readonly cameras: readonly string[],
  ) {}

  /**
   * UTC milliseconds; undefined until something came of this epoch. The server sends in the order of
   * decoding times, over all cameras, and no picture is shown before it is decoded: up to the newest of
   * them nothing is missing. Backwards they come as they are shown.
   */
  get reach(): number | undefined {
    return this.#reach;
  }

  /** Nothing comes behind what came: also those that are shown after they were decoded are all there. */
  ended(): void {
    if (this.#reach !== undefined) this.#reach = Math.max(this.#reach, this.#newest);
  }

  /** A connection that was opened anew. */
  reset(): void {
    this.begin();
    this.#taken.reset();
    this.#cameraOf.clear();
  }

  /** A new epoch. */
  begin(): void {
    this.#reach = undefined;
    this.#newest = Number.NEGATIVE_INFINITY;
    this.screens.begin(this.cameras);
    for (const sequence of this.#early) this.#taken.take(sequence);
    this.#early.clear();
    this.#times.clear();
  }

  /** From now on pictures of that number are the camera's, and none of another number. */
  announced(stream: number, camera: string): void {
    for (const [number, of] of this.#cameraOf) if (of === camera) this.#cameraOf.delete(number);
    this.#cameraOf.set(stream, camera);
  }

  init(init: InitMessage): void {
    const camera = this.#cameraOf.get(init.stream);
    if (camera !== undefined) this.screens.init(camera, init);
  }

  /** `counts`: it is of the present epoch. */
  picture(header: PictureHeader, data: Uint8Array, counts: boolean, direction: 1 | -1): void {
    const sequence = this.#taken.receive();
    const camera = this.#cameraOf.get(header.stream);
    const { key, preroll } = header;
    const time = header.time / 1000;
    const picture = { sequence, time, key, preroll, header, data };
    if (!preroll) this.#times.set(sequence, time);
    const isPushed =
      counts && !header.audio && camera !== undefined && this.screens.push(camera, picture);
    if (!isPushed) {
      this.#times.delete(sequence);
      this.#taken.take(sequence);
      return;
    }
    const decodedAt = time - header.compositionOffset / 1000;
    const reach = this.#reach ?? decodedAt;
    this.#reach = direction > 0 ? Math.max(reach, decodedAt) : Math.min(reach, decodedAt);
    this.#newest = Math.max(this.#newest, time);
  }

  taken(sequence: number): void {
    if (this.#times.has(sequence)) this.#early.add(sequence);
    else this.#taken.take(sequence);
  }

  /**
   * `position`, `speed`: of the clock. False where there is something to tell, and it is too early, or
   * `send` cannot.
   */
  tell(
    { position, speed }: { position: number; speed: number },
    now: number,
    send: (through: number) => boolean,
  ): boolean {
    const horizon = HORIZON_MS * Math.max(1, Math.abs(speed));
    for (const sequence of this.#early) {
      const ahead = ((this.#times.get(sequence) ?? position) - position) * Math.sign(speed);
      if (ahead > horizon) continue;
      this.#early.delete(sequence);
      this.#times.delete(sequence);
      this.#taken.take(sequence);
    }
    if (!this.#taken.hasNews) return true;
    if (now - this.#toldAt < TELL_MS) return false;
    this.#toldAt = now;
    const through = this.#taken.news();
    return through === undefined || send(through);
  }
}

// One camera of a recorder: its connection, a writer per stream that is recorded, and when it records.
import {
  checkOptions,
  decimal,
  invalidArgument,
  list,
  oneOf,
  optional,
} from '../arguments/index.js';
import { Camera, type CameraOptions, checkCamera, type StreamName } from '../camera/index.js';
import type { FluxError } from '../errors.js';
import { asFluxError } from '../events.js';
import { type RecordingSchedule, Schedule } from './schedule.js';
import {
  type RecordingGap,
  type RecordingMode,
  SegmentWriter,
  type SegmentWriterOptions,
  type SegmentWriterStats,
  type WrittenSegment,
} from './segment-writer.js';

/** What of a camera is recorded, and when. */
export interface RecordingPlan {
  /** Default `['main']`. `sub` needs {@link CameraOptions.sub}. */
  streams?: readonly StreamName[];
  /** Default `continuous`. */
  mode?: RecordingMode;
  /** In place of `mode`: hours of the week. */
  schedule?: RecordingSchedule;
  /** Seconds before a trigger that an event recording begins with, 0 to 300. Default 5. */
  preRoll?: number;
  /** Seconds after a trigger's end, 0 to 3600. Default 10. */
  postRoll?: number;
}

/** A camera to record: its connection, and the plan for it. */
export interface RecordedCameraOptions extends CameraOptions {
  recording?: RecordingPlan;
}

/** What a {@link RecordedCamera} needs of its recorder. */
export interface RecordedCameraHost {
  /** Settings of every writer. */
  settings: Omit<SegmentWriterOptions, 'camera' | 'stream' | 'mode' | 'preRoll' | 'stagger'>;
  nextSequence(cameraId: string): number;
  onSegment(segment: WrittenSegment): void;
  onGap(gap: RecordingGap): void;
  onError(error: FluxError): void;
}

const STREAM_NUMBERS: Record<StreamName, number> = { main: 0, sub: 1 };

export class RecordedCamera {
  readonly camera: Camera;
  readonly postRollMs: number;
  readonly #host: RecordedCameraHost;
  readonly #streams: readonly StreamName[];
  readonly #mode: RecordingMode;
  readonly #schedule: Schedule | undefined;
  readonly #preRoll: number;
  readonly #stagger: number;
  /** None while the disk is away. */
  #writers: SegmentWriter[] = [];
  /** Those that end now, because the disk went away, and the counters of those that have. */
  readonly #ended = new Set<SegmentWriter>();
  #earlier = NOTHING_WRITTEN;
  #ending: Promise<void> = Promise.resolve();
  #look: NodeJS.Timeout | undefined;
  #closed = false;

  /** `stagger`: seconds by which its first segments are longer. */
  constructor(options: RecordedCameraOptions, host: RecordedCameraHost, stagger: number) {
    const { camera, plan } = checked('Recorder', options);
    this.camera = new Camera(camera);
    this.postRollMs = plan.postRoll * 1000;
    this.#host = host;
    this.#streams = plan.streams;
    this.#mode = plan.mode ?? 'continuous';
    this.#schedule = plan.schedule;
    this.#preRoll = plan.preRoll;
    this.#stagger = stagger;
  }

  /** The mode of this moment. */
  get mode(): RecordingMode {
    return this.#schedule?.modeAt(Date.now()) ?? this.#mode;
  }

  /** @throws what {@link SegmentWriter} throws. */
  startWriting(): void {
    if (this.#writers.length > 0 || this.#closed) return;
    const made: SegmentWriter[] = [];
    try {
      for (const stream of this.#streams) made.push(this.#makeWriter(stream));
    } catch (error) {
      for (const writer of made) void writer.close();
      throw error;
    }
    this.#writers = made;
    this.#followSchedule();
  }

  /** Ends the writers, because what they write would be lost; see {@link settled}. */
  suspend(): void {
    clearTimeout(this.#look);
    for (const writer of this.#writers.splice(0)) {
      this.#ended.add(writer);
      this.#ending = this.#ending
        .then(() => writer.close())
        .catch((error) => this.#host.onError(asFluxError(error, 'ERR_IO', 'A segment cannot end')))
        .finally(() => {
          this.#earlier = added(this.#earlier, writer.stats());
          this.#ended.delete(writer);
        });
    }
  }

  /** Once the writers that were suspended have ended. */
  get settled(): Promise<void> {
    return this.#ending;
  }

  trigger(until: number): void {
    for (const writer of this.#writers) writer.trigger(until);
  }

  stats(): SegmentWriterStats {
    const writers = [...this.#ended, ...this.#writers];
    return writers.reduce((sum, writer) => added(sum, writer.stats()), this.#earlier);
  }

  /** The streams that the plan records, as the index numbers them. */
  get streamNumbers(): number[] {
    return this.#streams.map((stream) => STREAM_NUMBERS[stream]);
  }

  /** The writers first, so that the last segments end as `closed` and not as `disconnected`. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#look);
    try {
      await this.#ending;
      await Promise.all(this.#writers.map((writer) => writer.close()));
    } finally {
      await this.camera.close();
    }
  }

  #makeWriter(stream: StreamName): SegmentWriter {
    const writer = new SegmentWriter({
      ...this.#host.settings,
      camera: this.camera,
      stream: STREAM_NUMBERS[stream],
      mode: this.mode,
      preRoll: this.#preRoll,
      stagger: this.#stagger,
      firstSequence: this.#host.nextSequence(this.camera.id),
    });
    writer.on('segment', (segment) => {
      const scheduled = this.#schedule !== undefined && segment.trigger === 'continuous';
      this.#host.onSegment(scheduled ? { ...segment, trigger: 'scheduled' } : segment);
    });
    writer.on('gap', (gap) => this.#host.onGap(gap));
    writer.on('error', (error) => this.#host.onError(error));
    return writer;
  }

  #followSchedule(): void {
    if (!this.#schedule || this.#closed) return;
    const { mode } = this;
    for (const writer of this.#writers) {
      writer.setMode(mode);
    }
    this.#look = setTimeout(() => this.#followSchedule(), Schedule.untilNextLook(Date.now()));
    this.#look.unref();
  }
}

/** `ERR_INVALID_ARGUMENT` for what {@link Recorder.addCamera} would refuse. */
export function checkRecordedCamera(where: string, options: RecordedCameraOptions): void {
  checkCamera(checked(where, options).camera);
}

function checked(where: string, options: RecordedCameraOptions) {
  const { recording = {}, ...camera } = options ?? {};
  const name = `${where}: recording`;
  const plan = checkOptions(name, recording, {
    streams: optional(list, ['main'] as readonly unknown[]),
    mode: optional(oneOf('continuous', 'event', 'off')),
    schedule: (_name, value) =>
      value === undefined ? undefined : new Schedule(`${name}: schedule`, value as never),
    preRoll: optional(decimal(0, 300, 'seconds'), 5),
    postRoll: optional(decimal(0, 3600, 'seconds'), 10),
  });
  const streams = plan.streams.map((stream) => oneOf('main', 'sub')(`${name}: streams`, stream));
  if (plan.mode !== undefined && plan.schedule) {
    throw invalidArgument(`${name}: mode`, 'left out where there is a schedule', plan.mode);
  }
  if (streams.includes('sub') && camera.sub === undefined) {
    const expected = "without 'sub', as the camera has no sub stream";
    throw invalidArgument(`${name}: streams`, expected, streams);
  }
  return { camera, plan: { ...plan, streams: [...new Set(streams)] } };
}

const NOTHING_WRITTEN: SegmentWriterStats = {
  framesWritten: 0,
  framesDropped: 0,
  audioFramesWritten: 0,
  audioFramesDropped: 0,
  bytesWritten: 0,
  segmentsWritten: 0,
  overflows: 0,
  preRollBytes: 0,
  preRollTrimmed: 0,
  queuedBytes: 0,
};

/** Counters of two writers together. */
function added(a: SegmentWriterStats, b: SegmentWriterStats): SegmentWriterStats {
  const sum = { ...b };
  for (const name of Object.keys(b) as (keyof SegmentWriterStats)[]) sum[name] = a[name] + b[name];
  return sum;
}

// Opens and closes readers of a simulated camera's pictures over and over, in the simulator's process,
// and judges what the process keeps of it. Run by scripts/cycles.mjs.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Camera,
  type Decoder,
  DecoderPool,
  FrameProvider,
  GridRenderer,
  MotionDetector,
  RtspSimulator,
} from '../../../src/index.js';
import { type Flatness, judgeFlatness, MIN_SAMPLES } from './flatness.js';
import { type ProcessSample, sampleProcess } from './process-sample.js';

export interface CyclesOptions {
  clip: string;
  /** Keys of {@link CYCLES}. */
  kinds: readonly string[];
  /** Of each kind; the first third is warm-up. */
  cycles: number;
  say: (line: string) => void;
}

export interface CyclesResult {
  /** By kind, then by what was measured. */
  flatness: Record<string, Record<string, Flatness>>;
  problems: string[];
}

interface Stage {
  camera: Camera;
  pool: DecoderPool;
  /** Is open all the time. */
  decoder: Decoder;
}

const oneFrame = async (decoder: Decoder) => {
  for await (const frame of decoder.frames()) {
    frame.close();
    return;
  }
};

const oneBatch = async ({ camera, pool }: Stage, decoder?: Decoder) => {
  const provider = await FrameProvider.open({ pool });
  provider.add(camera, decoder ? { decoder } : {});
  await provider.createBatch({ width: 320, height: 320 }).next({ timeoutMs: 20_000 });
  await provider.close();
};

/** What is opened, used once and closed. */
export const CYCLES: Record<string, (stage: Stage) => Promise<void>> = {
  decoder: async ({ camera, pool }) => {
    const decoder = pool.decoder(camera, { quality: 'GRID_VIEW' });
    await oneFrame(decoder);
    await decoder.close();
  },
  inference: (stage) => oneBatch(stage),
  'inference on a decoder': (stage) => oneBatch(stage, stage.decoder),
  motion: async ({ camera, pool }) => {
    const motion = await MotionDetector.open({ pool });
    motion.add(camera);
    while (motion.stats(camera.id).frames === 0) await sleep(5);
    await motion.close();
  },
  wall: async ({ camera, pool }) => {
    const grid = await GridRenderer.open({
      decoders: pool,
      width: 640,
      height: 360,
      layout: { columns: 2, rows: 1 },
    });
    grid.setTile(0, camera);
    grid.setTile(1, camera);
    while (grid.stats().framesIn < 2) await sleep(5);
    await grid.capture();
    await grid.close();
  },
};

/** MiB, and numbers. */
const LIMITS = {
  anonymous: { rise: 8, risePart: 0.1 },
  threads: { rise: 1 },
  descriptors: { rise: 2 },
};
const SAMPLES = 40;

export async function runCycles(options: CyclesOptions): Promise<CyclesResult> {
  const { clip, kinds, cycles, say } = options;
  const simulator = await RtspSimulator.start({ clip, cameras: 1 });
  const pool = await DecoderPool.open({ backend: 'libavcodec' });
  const camera = new Camera({ id: 'camera', url: simulator.urls[0] ?? '' });
  camera.start();
  const decoder = pool.decoder(camera, { quality: 'GRID_VIEW' });
  const result: CyclesResult = { flatness: {}, problems: [] };
  try {
    await oneFrame(decoder);
    for (const kind of kinds) {
      const samples = await repeat(kind, { camera, pool, decoder }, cycles, say);
      result.flatness[kind] = judge(kind, samples, result.problems);
    }
  } finally {
    await decoder.close();
    await pool.close();
    await camera.close();
    await simulator.close();
  }
  return result;
}

type Sample = ProcessSample & { at: number };

async function repeat(
  kind: string,
  stage: Stage,
  cycles: number,
  say: (line: string) => void,
): Promise<Sample[]> {
  const cycle = CYCLES[kind] as (stage: Stage) => Promise<void>;
  const every = Math.max(1, Math.floor(cycles / SAMPLES));
  const samples: Sample[] = [];
  for (let i = 1; i <= cycles; i++) {
    await cycle(stage);
    if (i % every !== 0) continue;
    // What waits for the collector is not kept.
    globalThis.gc?.();
    await sleep(20);
    globalThis.gc?.();
    samples.push({ at: i, ...sampleProcess(process.pid) });
    say(`${kind}: ${i} of ${cycles}, ${samples.at(-1)?.anonymous.toFixed(1)} MiB`);
  }
  return samples.slice(Math.floor(samples.length / 3));
}

function judge(kind: string, samples: Sample[], problems: string[]): Record<string, Flatness> {
  const flatness: Record<string, Flatness> = {};
  if (samples.length < MIN_SAMPLES) problems.push(`${kind}: too few cycles to judge`);
  for (const [name, limit] of Object.entries(LIMITS)) {
    const values = samples.map((sample) => sample[name as keyof Sample]);
    const judged = judgeFlatness(
      `${kind}: ${name}`,
      samples.map(({ at }) => at),
      values,
      limit,
    );
    flatness[name] = judged;
    if (judged.problem) problems.push(judged.problem);
  }
  return flatness;
}

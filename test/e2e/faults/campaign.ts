// Any number of kills at random system calls and of power cuts at points of fresh logs; for
// scripts/faults.mjs, which prints what comes out.
import { seeded } from '../support/power-loss.js';
import { Bed } from './bed.js';
import { LoggedRecording, sample } from './cuts.js';
import type { KillPoint } from './kill-points.js';
import { KilledStorage } from './kills.js';

export interface CampaignOptions {
  folder: string;
  kills: number;
  cuts: number;
  seed: number;
  say: (line: string) => void;
}

export interface CampaignResult {
  rows: Record<string, { runs: number; failed: number; maxLostMs: number | string }>;
  failures: { what: string; problems: string[] }[];
}

const CUTS_PER_LOG = 100;
const KILLS_PER_STORAGE = 25;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const bed = await Bed.make(options.folder);
  const result: CampaignResult = { rows: {}, failures: [] };
  try {
    await kill(bed, options, result);
    await cut(bed, options, result);
  } finally {
    await bed.close();
  }
  return result;
}

function count(
  result: CampaignResult,
  name: string,
  what: string,
  problems: string[],
  ms?: number,
) {
  result.rows[name] ??= { runs: 0, failed: 0, maxLostMs: ms === undefined ? '-' : 0 };
  const row = result.rows[name] as CampaignResult['rows'][string];
  row.runs += 1;
  if (ms !== undefined) row.maxLostMs = Math.max(Number(row.maxLostMs), ms);
  if (problems.length === 0) return;
  row.failed += 1;
  result.failures.push({ what: `${name}, ${what}`, problems });
}

async function kill(bed: Bed, { kills, seed, say }: CampaignOptions, result: CampaignResult) {
  const random = seeded(seed);
  let storage = new KilledStorage(bed);
  for (let i = 0; i < kills; i++) {
    if (i > 0 && i % KILLS_PER_STORAGE === 0) {
      count(result, 'goes on after kills', `kill ${i}`, await storage.goesOn());
      storage = new KilledStorage(bed);
    }
    const nth = 1 + Math.floor(random() * 600);
    const when = random() < 0.5 ? 'before' : 'after';
    const point: KillPoint = {
      name: `${when} change ${nth}`,
      rules: [
        `create,write,truncate,fsync,fdatasync,fsyncdir,rename,link,unlink,mkdir * ${nth} 1 kill-${when}`,
      ],
    };
    const { problems, killed, act } = await storage.killAt(point);
    // A run that ends before its Nth change is killed by the clock: as good a moment as any.
    const name = killed ? `kill ${when} ${act.split(' ')[1]}` : 'kill at any time';
    count(result, name, `seed ${seed}, kill ${i}: ${act}`, problems);
    say(`kill ${i + 1}/${kills}: ${act}${problems.length > 0 ? ' FAILED' : ''}`);
  }
}

async function cut(bed: Bed, { cuts, seed, say }: CampaignOptions, result: CampaignResult) {
  for (let done = 0; done < cuts; ) {
    const recording = await LoggedRecording.make(bed, 6);
    const points = sample(recording.points(), Math.min(CUTS_PER_LOG, cuts - done), seed + done);
    for await (const { variant, call, problems, lostMs } of recording.cutAt(points, seed + done)) {
      const worst = Math.max(...Object.values(lostMs));
      count(result, `power cut, ${variant}`, `seed ${seed}, cut ${done}: ${call}`, problems, worst);
      done += 1;
      say(`cut ${done}/${cuts}: ${call}${problems.length > 0 ? ' FAILED' : ''}`);
    }
  }
}

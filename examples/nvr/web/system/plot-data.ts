// Which plots there are, and their points as uPlot takes them.
import type { SystemStats } from '../../protocol/index.js';

type NumberOf = {
  [K in keyof SystemStats]-?: NonNullable<SystemStats[K]> extends number ? K : never;
}[keyof SystemStats];

export interface PlotOf {
  /** `plot.<name>` of the catalog. */
  name: string;
  unit: 'percent' | 'bytes' | 'bytesPerSecond' | 'bits' | 'milliseconds' | 'count';
  series: readonly NumberOf[];
}

export const PLOTS: readonly PlotOf[] = [
  { name: 'cpu', unit: 'percent', series: ['cpuUsage', 'machineCpuUsage'] },
  { name: 'memory', unit: 'bytes', series: ['memoryBytes'] },
  { name: 'network', unit: 'bits', series: ['receivedBitsPerSecond', 'sentBitsPerSecond'] },
  { name: 'disk', unit: 'bytesPerSecond', series: ['writtenBytesPerSecond'] },
  { name: 'frames', unit: 'count', series: ['framesPerSecond'] },
  { name: 'lost', unit: 'count', series: ['framesDropped', 'framesLost'] },
  { name: 'lag', unit: 'milliseconds', series: ['eventLoopLagMs'] },
  { name: 'clients', unit: 'count', series: ['clientCount', 'camerasLive'] },
];

/** Longer without a point, and the line is broken: the server was away. */
const GAP_MS = 120_000;

/** Seconds since the epoch, then a row for each series; null where there is nothing. */
export function pointsOf(
  points: readonly SystemStats[],
  series: readonly NumberOf[],
): [number[], ...(number | null)[][]] {
  const ordered = points.toSorted((a, b) => a.at - b.at);
  const times: number[] = [];
  const rows: (number | null)[][] = series.map(() => []);
  let before: number | undefined;
  for (const point of ordered) {
    if (before !== undefined && point.at - before > GAP_MS) {
      times.push((before + 1) / 1000);
      for (const row of rows) row.push(null);
    }
    times.push(point.at / 1000);
    series.forEach((name, i) => {
      rows[i]?.push(point[name] ?? null);
    });
    before = point.at;
  }
  return [times, ...rows];
}

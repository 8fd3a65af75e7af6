// Whether a measured quantity stays where it is: a straight line through its samples, and its maximum.

export interface Limit {
  /** What the line may rise over all samples, in the quantity's unit ... */
  rise: number;
  /** ... or as a part of its mean, whichever is more. Default 0. */
  risePart?: number;
  /** What no sample may exceed. Default: nothing. */
  max?: number;
}

export interface Flatness {
  mean: number;
  min: number;
  max: number;
  /** Of the line of least squares, in the quantity's unit. */
  slopePerHour: number;
  /** Of that line, from the first sample to the last. */
  rise: number;
  /** Why it is not flat; absent where it is. */
  problem?: string;
}

/** Fewer samples show nothing. */
export const MIN_SAMPLES = 12;

/** `times` in milliseconds, ascending. */
export function judgeFlatness(
  name: string,
  times: readonly number[],
  values: readonly number[],
  limit: Limit,
): Flatness {
  const mean = average(values);
  const middle = average(times);
  const spread = times.reduce((sum, time) => sum + (time - middle) ** 2, 0);
  const together = times.reduce(
    (sum, time, i) => sum + (time - middle) * ((values[i] as number) - mean),
    0,
  );
  const slope = spread > 0 ? together / spread : 0;
  const rise = slope * ((times.at(-1) ?? 0) - (times[0] ?? 0));
  const flatness: Flatness = {
    ...{ mean, min: Math.min(...values), max: Math.max(...values) },
    ...{ slopePerHour: slope * 3_600_000, rise },
  };
  const allowed = Math.max(limit.rise, (limit.risePart ?? 0) * mean);
  if (limit.max !== undefined && flatness.max > limit.max) {
    flatness.problem = `${name} reached ${round(flatness.max)}, more than ${round(limit.max)}`;
  } else if (values.length >= MIN_SAMPLES && rise > allowed) {
    flatness.problem = `${name} rose by ${round(rise)} over ${values.length} samples, more than ${round(allowed)}`;
  }
  return flatness;
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

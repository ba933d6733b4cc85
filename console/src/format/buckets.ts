/** A series over time without holes: a bucket in which nothing happened is there and is empty. */

import type { Totals } from "../api/types";

export interface Bucket {
  start_ms: number;
  totals: Totals | null;
}

const LENGTH_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MOST = 2000;

/** Buckets begin at multiples of their length, by UTC, as the API's do. */
export function fillBuckets(
  series: readonly { start_ms: number; totals: Totals }[],
  sinceMs: number,
  untilMs: number,
  bucket: string,
): Bucket[] {
  const length = LENGTH_MS[bucket];
  const first = length ? Math.floor(sinceMs / length) * length : sinceMs;
  if (!length || (untilMs - first) / length > MOST) return [...series];
  const known = new Map(series.map((point) => [point.start_ms, point.totals]));
  const filled: Bucket[] = [];
  for (let start = first; start < untilMs; start += length) filled.push({ start_ms: start, totals: known.get(start) ?? null });
  return filled;
}

import { expect, test } from "vitest";

import { fillBuckets } from "./buckets";
import { emptyTotals } from "./totals.fixture";

const MINUTE = 60_000;
const totals = { ...emptyTotals, exchanges: 3 };

test("minutes without anything are there, and empty", () => {
  const filled = fillBuckets([{ start_ms: 2 * MINUTE, totals }], MINUTE + 5, 4 * MINUTE, "minute");
  expect(filled.map((bucket) => [bucket.start_ms / MINUTE, bucket.totals?.exchanges ?? null])).toEqual([
    [1, null],
    [2, 3],
    [3, null],
  ]);
});

test("a bucket of unknown length, or very many of them, is left as it came", () => {
  const series = [{ start_ms: 0, totals }];
  expect(fillBuckets(series, 0, MINUTE, "fortnight")).toEqual(series);
  expect(fillBuckets(series, 0, 1e12, "minute")).toEqual(series);
});

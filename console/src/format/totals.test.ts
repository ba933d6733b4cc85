import { expect, test } from "vitest";

import { allInput, allOutput, cachedShare, errorRate, meanFirstContentUs, tellChange } from "./totals";
import { emptyTotals } from "./totals.fixture";

const totals = { ...emptyTotals, exchanges: 10, failed: 1, interrupted: 1, input: 60, cache_read: 40, output: 5, reasoning: 7 };

test("token classes are added, each once", () => {
  expect([allInput(totals), allOutput(totals)]).toEqual([100, 12]);
  expect(cachedShare(totals)).toBe(0.4);
});

test("a rate of nothing is unknown", () => {
  expect(errorRate(totals)).toBe(0.2);
  expect(errorRate(emptyTotals)).toBeNull();
  expect(meanFirstContentUs(emptyTotals)).toBeNull();
});

test("a change is told against what was before", () => {
  expect(tellChange(112, 100)).toBe("+12\u202f%");
  expect(tellChange(50, 100)).toBe("−50\u202f%");
  expect(tellChange(100, 100)).toBe("as before");
  expect(tellChange(100, 0)).toBe("");
  expect(tellChange(3000, 100)).toBe("× 30");
});

import { expect, test } from "vitest";

import type { Ledgered, Replayed } from "../api/types";
import { listDoubts, listTargets, meanSeconds, readProgress } from "./whatIf";

const ledgered = (exchanges: number, more: Partial<Ledgered> = {}): Ledgered => ({
  exchanges,
  cost_nanodollars: 0,
  unpriced: 0,
  duration_us: 0,
  timed: exchanges,
  failed: 0,
  ...more,
});

const replayed: Replayed = {
  exchanges: 10,
  moved: 4,
  homeless: 0,
  happened: ledgered(10),
  instead: ledgered(10),
  targets: {
    "a/m": { happened: ledgered(9), instead: ledgered(4) },
    "b/m": { happened: ledgered(0), instead: ledgered(6) },
    "": { happened: ledgered(1), instead: ledgered(0) },
  },
};

test("those who would get the most come first, and nobody has a name", () => {
  expect(listTargets(replayed).map(({ target, got, wouldGet }) => [target, got.exchanges, wouldGet.exchanges])).toEqual([
    ["b/m", 0, 6],
    ["a/m", 9, 4],
    ["nobody", 1, 0],
  ]);
});

test("a mean is of what has a time", () => {
  expect(meanSeconds(ledgered(4, { duration_us: 3_000_000, timed: 2 }))).toBe(1.5);
  expect(meanSeconds(ledgered(4, { timed: 0 }))).toBeNull();
});

test("what nobody knows is said", () => {
  expect(listDoubts(replayed)).toEqual([]);
  const doubts = listDoubts({ ...replayed, homeless: 2, instead: ledgered(10, { timed: 7, unpriced: 1 }) });
  expect(doubts.map((doubt) => doubt[0])).toEqual(["3", "1", "2"]);
});

test("progress goes from nothing to all of it", () => {
  expect(readProgress({ stage: "reading", done: 0, total: 100 })).toBe(0);
  expect(readProgress({ stage: "reading", done: 100, total: 100 })).toBe(0.5);
  expect(readProgress({ stage: "replaying", done: 50, total: 100 })).toBe(0.75);
  expect(readProgress({ stage: "replaying", done: 0, total: 0 })).toBe(0.5);
  expect(readProgress({ stage: "done", done: 0, total: 0 })).toBe(1);
});

import { expect, test } from "vitest";

import type { Credential } from "../../api/types";
import { emptyTotals } from "../../format/totals.fixture";
import { collectGauges, used } from "./gauges";

const credential: Credential = {
  name: "key-1",
  state: "ready",
  message: "",
  seconds: null,
  models: null,
  idle_seconds: null,
  cached_share: null,
  is_paused: false,
  weight: 1,
  in_flight: 0,
  rpm: 0,
  tpm: 0,
  concurrency: 0,
  states: [
    { model: "a", state: "ready", seconds: null, gauges: [{ scope: "requests", left: 90, limit: 100, resets_seconds: null }] },
    { model: "b", state: "ready", seconds: null, gauges: [{ scope: "requests", left: 5, limit: 100, resets_seconds: null }, { scope: "tokens", left: null, limit: null, resets_seconds: null }] },
  ],
  usage: emptyTotals,
  rests: [],
};

test("of several models the tightest limit is shown", () => {
  expect(collectGauges(credential).map((gauge) => [gauge.scope, gauge.left])).toEqual([
    ["requests", 5],
    ["tokens", null],
  ]);
});

test("a limit that nobody told is not used up", () => {
  expect(used({ left: null, limit: null })).toBe(0);
  expect(used({ left: 0, limit: 10 })).toBe(1);
  expect(used({ left: 20, limit: 10 })).toBe(0);
});

import { expect, test } from "vitest";

import { plainLine } from "../pages/exchanges/line.fixture";
import { addSecond, KEPT_EXCHANGES, KEPT_SECONDS, NOTHING } from "./live";
import type { Live } from "./types";

const second = (ids: readonly string[], ended = ids.length): Live => ({
  at_ms: 0,
  in_flight: 0,
  waiting: 0,
  requests_per_second: ended,
  failed_per_second: 0,
  tokens_per_second: 0,
  cost_nanodollars_per_second: 0,
  last: ids.map((id) => ({ ...plainLine, id })),
  fetches: [],
  ended,
});
const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `ex_${from + index}`);

test("the newest come first, each once", () => {
  const state = addSecond(addSecond(NOTHING, second(["b", "a"])), second(["c", "b"]));
  expect(state.exchanges.map(({ id }) => id)).toEqual(["c", "b", "a"]);
  expect([state.isOpen, state.missed]).toEqual([true, 0]);
});

test("what was not told, and what there is no room for, is counted", () => {
  expect(addSecond(NOTHING, second(["a"], 300)).missed).toBe(299);
  const full = addSecond(NOTHING, second(many(KEPT_EXCHANGES)));
  expect(full.missed).toBe(0);
  expect(addSecond(full, second(many(3, KEPT_EXCHANGES))).missed).toBe(3);
});

test("two minutes are remembered", () => {
  const state = many(KEPT_SECONDS + 5).reduce((all) => addSecond(all, second([])), NOTHING);
  expect(state.seconds).toHaveLength(KEPT_SECONDS);
});

import { expect, test } from "vitest";

import type { UsageReport } from "../../api/types";
import { emptyTotals } from "../../format/totals.fixture";
import { askReport, buildSeries, PLAIN_WISH, readWish } from "./report";

const HOUR = 3_600_000;
const point = (hour: number, name: string, exchanges: number) => ({ start_ms: hour * HOUR, name, totals: { ...emptyTotals, exchanges } });
const report = (names: string[], series: UsageReport["series"]): UsageReport => ({
  since_ms: HOUR,
  until_ms: 3 * HOUR,
  by: "model",
  bucket: "hour",
  totals: emptyTotals,
  lines: names.map((name) => ({ name, totals: emptyTotals })),
  series,
});

test("hours in which nobody asked are there", () => {
  const { times } = buildSeries({ ...report(["a"], [point(3, "a", 1)]), until_ms: 5 * HOUR }, (t) => t.exchanges);
  expect(times).toEqual([1, 2, 3, 4].map((hour) => hour * HOUR));
});

test("a name that was silent in an hour counts 0 there", () => {
  const { times, series } = buildSeries(report(["a", "b"], [point(2, "a", 1), point(1, "b", 5), point(2, "b", 7)]), (t) => t.exchanges);
  expect(times).toEqual([HOUR, 2 * HOUR]);
  expect(series.map((one) => [one.label, one.values])).toEqual([
    ["a", [0, 1]],
    ["b", [5, 7]],
  ]);
});

test("only the dearest are drawn by name, the rest together", () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const { series } = buildSeries(report(names, names.map((name) => point(1, name, 1))), (t) => t.exchanges);
  expect(series.map((one) => [one.label, one.values])).toEqual([
    ["a", [1, 0]],
    ["b", [1, 0]],
    ["c", [1, 0]],
    ["d", [1, 0]],
    ["other", [2, 0]],
  ]);
  expect(new Set(series.map((one) => one.colour)).size).toBe(5);
});

test("a short time is asked by the hour, a long one by the day", () => {
  const now = 1e12;
  expect(askReport({ ...PLAIN_WISH, days: "1" }, now)).toMatchObject({ bucket: "hour", since_ms: now - 86_400_000, until_ms: now, by: "model" });
  expect(askReport({ ...PLAIN_WISH, days: "nonsense" }, now)).toMatchObject({ bucket: "day", since_ms: now - 7 * 86_400_000 });
});

test("an address is read whatever was typed into it", () => {
  expect(readWish({ by: "team", days: 30, other: 1, user: null })).toEqual({ ...PLAIN_WISH, by: "team", days: "30" });
});

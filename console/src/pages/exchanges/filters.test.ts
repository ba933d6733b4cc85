import { expect, test } from "vitest";

import { countFilters, dropEmpty, matches, mergeLines, readFilters, type Filters } from "./filters";
import { plainLine } from "./line.fixture";

test.each<[Filters, boolean]>([
  [{}, true],
  [{ model: "gpt-5-mini" }, true],
  [{ model: "openai/gpt-5-mini" }, true],
  [{ model: "gpt-5" }, false],
  [{ tag: "nightly", outcome: "served" }, true],
  [{ tag: "nightly", outcome: "failed" }, false],
  [{ text: "ALICE" }, true],
  [{ text: "top_k" }, true],
  [{ text: "nobody" }, false],
  [{ error: "any" }, false],
])("a line is held against %j: %s", (filters, expected) => {
  expect(matches(plainLine, filters)).toBe(expected);
});

test("a failure matches its own kind and any", () => {
  const failed = { ...plainLine, error: "rate_limited" };
  expect([matches(failed, { error: "any" }), matches(failed, { error: "rate_limited" }), matches(failed, { error: "timeout" })]).toEqual([
    true,
    true,
    false,
  ]);
});

test("what arrives is put above what is there, and never twice", () => {
  const [a, b, c] = ["a", "b", "c"].map((id, index) => ({ ...plainLine, id, started_ms: 1000 + index }));
  expect(mergeLines([c!, b!], [b!, a!]).map((line) => line.id)).toEqual(["c", "b", "a"]);
  expect(mergeLines([a!], [b!]).map((line) => line.id)).toEqual(["b"]);
});

test("an address is read whatever was typed into it", () => {
  const filters = readFilters({ model: "x", tag: ["no"], minutes: 60, other: "y" });
  expect(filters).toEqual({ model: "x", minutes: "60" });
  expect(dropEmpty({ ...filters, model: "" })).toEqual({ minutes: "60" });
  expect(countFilters({ model: "" })).toBe(0);
});

import { expect, test } from "vitest";

import { checkTerms, NO_TERMS, readPatterns, readSpend, readTerms, tellLimits, tellSpend, writeTerms } from "./limits";

const FIELDS = { ...NO_TERMS, models: "openai/*, fast", rpm: "60", day: "1.5", total: "100" };

test("what was typed comes back the same", () => {
  expect(writeTerms(readTerms(FIELDS))).toEqual(FIELDS);
});

test("money is sent in whole nano-dollars", () => {
  expect(readTerms({ ...NO_TERMS, month: "0.1" }).budgets).toEqual({ month: 100_000_000 });
});

test("nothing typed is no limit, not none allowed", () => {
  const grant = readTerms(NO_TERMS);
  expect(grant).toEqual({ models: null, providers: null, rpm: 0, tpm: 0, concurrency: 0, budgets: {}, allow_unpriced: false });
  expect(tellLimits(grant)).toBe("no limit");
  expect(readPatterns(" , ")).toBeNull();
});

test("a number that is none is said", () => {
  expect(Object.keys(checkTerms({ ...NO_TERMS, rpm: "1.5", day: "-1", week: "x" })).sort()).toEqual(["day", "rpm", "week"]);
  expect(checkTerms(FIELDS)).toEqual({});
});

test("spend is shown for the budgets that there are", () => {
  const spend = readSpend({ budgets: { day: 2e9 }, spent: { day: 5e8, total: 9e9 } });
  expect(spend).toEqual([{ period: "day", budget: 2e9, spent: 5e8 }]);
  expect(spend.map(tellSpend)).toEqual(["$0.5000 of $2.00 today"]);
});

test("limits are told in words", () => {
  expect(tellLimits({ ...readTerms(FIELDS), concurrency: 3 })).toBe("60 requests/min, 3 at a time, models openai/*, fast");
});

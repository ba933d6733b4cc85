import { expect, test } from "vitest";

import { parseTargets, writeTargets } from "./targets";

test("targets come back as they were written", () => {
  const text = "openai/gpt-5-mini\nanthropic/claude weight 2.5";
  expect(parseTargets(text).targets).toEqual([
    { target: "openai/gpt-5-mini", weight: 1 },
    { target: "anthropic/claude", weight: 2.5 },
  ]);
  expect(writeTargets(parseTargets(`\n ${text}\n\n`).targets)).toBe(text);
});

test.each(["", "  \n", "two words", "openai/a weight", "openai/a weight 0", "openai/a weight x"])("%j is no list of targets", (text) => {
  expect(parseTargets(text).problem).toBeDefined();
  expect(parseTargets(text).targets).toEqual([]);
});

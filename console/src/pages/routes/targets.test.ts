import { expect, test } from "vitest";

import { parseTargets, tellWhen, writeTargets } from "./targets";

test("targets come back as they were written", () => {
  const text = "openai/gpt-5-mini\nanthropic/claude weight 2.5";
  expect(parseTargets(text).targets).toEqual([
    { target: "openai/gpt-5-mini", weight: 1 },
    { target: "anthropic/claude", weight: 2.5 },
  ]);
  expect(writeTargets(parseTargets(`\n ${text}\n\n`).targets)).toBe(text);
});

test("conditions come back too", () => {
  const text = 'a/m weight 2 tags batch,nightly min_tokens 4000 max_tokens 32000 header x-dragoman-team=red* header x-dragoman-note="two words"';
  const [target] = parseTargets(text).targets;
  expect(target).toEqual({
    target: "a/m",
    weight: 2,
    when: { tags: ["batch", "nightly"], min_tokens: 4000, max_tokens: 32000, headers: { "x-dragoman-team": "red*", "x-dragoman-note": "two words" } },
  });
  expect(writeTargets([target!])).toBe(text);
  expect(tellWhen(target!.when)).toBe("tagged batch or nightly, from 4000 tokens on, up to 32000 tokens, x-dragoman-team: red*, x-dragoman-note: two words");
});

test("what a line does not tell of stays with its target", () => {
  const known = [{ target: "a/m", weight: 3, when: { tags: ["x"] }, tool_form: "hermes" }];
  expect(parseTargets("b/m\na/m weight 2", known).targets).toEqual([
    { target: "b/m", weight: 1 },
    { target: "a/m", weight: 2, tool_form: "hermes" },
  ]);
});

test.each(["", "  \n", "two words", "openai/a weight", "openai/a weight 0", "openai/a weight x", "openai/a min_tokens 1.5", "openai/a header x", 'openai/a header x="a"b'])(
  "%j is no list of targets",
  (text) => {
    expect(parseTargets(text).problem).toBeDefined();
    expect(parseTargets(text).targets).toEqual([]);
  },
);

test("without a condition there is nothing to tell", () => {
  expect([tellWhen(null), tellWhen({ tags: [], headers: {}, min_tokens: 0, max_tokens: 0 })]).toEqual(["", ""]);
});

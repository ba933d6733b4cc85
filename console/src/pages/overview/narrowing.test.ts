import { expect, test } from "vitest";

import { readNarrowings, writeNarrowings } from "./narrowing";

test("only what the overview can be narrowed by is read, in its own order", () => {
  const found = readNarrowings({ minutes: "15", user: "ada", model: "openai/gpt-5-mini", odd: "x", team: "" });
  expect(found.map(({ label, value }) => `${label} ${value}`)).toEqual(["model openai/gpt-5-mini", "user ada"]);
  expect(writeNarrowings(found)).toEqual({ model: "openai/gpt-5-mini", user: "ada" });
});

import { expect, test } from "vitest";

import { holdsWords } from "./words";

test("every word must stand somewhere, in any case", () => {
  expect(holdsWords(["Night-shift", "harbour"], "night HARB")).toBe(true);
  expect(holdsWords(["Night-shift", "harbour"], "night red")).toBe(false);
});

test("no words are no filter", () => {
  expect(holdsWords([], "  ")).toBe(true);
});

import { expect, test } from "vitest";

import { dropEmpty, readWords } from "./address";

test("words and numbers of an address are words, all else is nothing", () => {
  expect(readWords({ text: "a", minutes: 15, odd: { x: 1 }, none: null })).toEqual({ text: "a", minutes: "15" });
});

test("what is empty does not stand in an address", () => {
  expect(dropEmpty({ text: "", tab: "keys", other: undefined })).toEqual({ tab: "keys" });
});

import { expect, test } from "vitest";

import { narrow } from "./Failures";

test("a line leads to its own failures", () => {
  expect(narrow({ error: "timeout", target: "openai/m", route: "" })).toEqual({ error: "timeout", model: "openai/m" });
  expect(narrow({ error: "not_found", target: "", route: "gone" })).toEqual({ error: "not_found", route: "gone" });
  expect(narrow({ error: "interrupted", target: "a/m", route: "" })).toEqual({ outcome: "interrupted", model: "a/m" });
});

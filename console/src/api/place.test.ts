import { expect, test } from "vitest";

import { readPlace } from "./place";

test("a page with its question becomes a link", () => {
  expect(readPlace("/providers?text=a%2Fb&tab=keys")).toEqual({ to: "/providers", search: { text: "a/b", tab: "keys" } });
  expect(readPlace("/usage")).toEqual({ to: "/usage", search: {} });
});

test("whatever is no page of the console does not", () => {
  for (const link of ["", "/", "https://evil.example/", "//evil.example", "/providers/../x", "javascript:alert(1)"]) expect(readPlace(link)).toBeNull();
});

import { expect, test } from "vitest";

import { findPlace, parsePath, showShort } from "./places";
import { layOut } from "./said";

const REQUEST = JSON.stringify({
  model: "m",
  empty: {},
  tools: [],
  messages: [
    { role: "user", content: "Hi" },
    { role: "user", content: [{ type: "text", text: "a" }, { type: "image", source: { data: "x" } }] },
  ],
  top_k: 5,
});

test("a path is names and places", () => {
  expect(parsePath("messages[2].content[0]")).toEqual(["messages", 2, "content", 0]);
  expect(parsePath("top_k")).toEqual(["top_k"]);
  expect(parsePath("")).toEqual([]);
});

test("the line is the one on which the value begins in the text as it is shown", () => {
  const lines = layOut(REQUEST).split("\n");
  for (const [path, begin] of [
    ["model", '"model": "m"'],
    ["tools", '"tools": []'],
    ["messages[0].content", '"content": "Hi"'],
    ["messages[1].content[1].source.data", '"data": "x"'],
    ["top_k", '"top_k": 5'],
  ] as const) {
    const found = findPlace(REQUEST, path);
    expect(lines[found!.line - 1]!.trim().startsWith(begin), path).toBe(true);
  }
  expect(findPlace(REQUEST, "messages[1].content[0]")?.value).toEqual({ type: "text", text: "a" });
});

test("what is not there has no place, nor has what was cut", () => {
  for (const path of ["conversation", "messages[7]", "model.x", ""]) expect(findPlace(REQUEST, path), path).toBeNull();
  expect(findPlace(REQUEST.slice(0, 40), "model")).toBeNull();
});

test("the gateway's own words lead to the same thing in each dialect's", () => {
  expect(findPlace(REQUEST, "sampling.top_k")?.value).toBe(5);
  expect(findPlace('{"generationConfig":{"topK":7}}', "sampling.top_k")).toEqual({ value: 7, line: 3 });
  const tools = '{"tools":[{"name":"a","cache_control":1},{"name":"b","cache_control":2}]}';
  expect(findPlace(tools, "tools[1].cache")?.value).toBe(2);
});

test("of several places none is guessed", () => {
  expect(findPlace(REQUEST, "turns[3].role")).toBeNull();
});

test("a long value is cut", () => {
  expect(showShort({ a: [1] })).toBe('{"a":[1]}');
  expect(showShort("x".repeat(500))).toHaveLength(121);
});

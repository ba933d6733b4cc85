import { expect, test } from "vitest";

import { DIALECTS } from "./dialects/all";
import { quoteForShell, writeCurl, writeSnippet } from "./snippets";

test("a quote in a message does not end the shell's word", () => {
  expect(quoteForShell("it's $HOME")).toBe(`'it'\\''s $HOME'`);
});

test("the command carries path, headers and body", () => {
  const curl = writeCurl({ path: "/v1/messages", headers: { "anthropic-version": "1" }, body: { model: "m" } }, "http://h");
  expect(curl).toContain("'http://h/v1/messages'");
  expect(curl).toContain("'anthropic-version: 1'");
  expect(curl).toContain(`-d '{"model":"m"}'`);
});

test.each(DIALECTS)("$label has a snippet in every language", ({ name }) => {
  for (const language of ["curl", "Python", "TypeScript"] as const) {
    const snippet = writeSnippet(language, name, { model: 'odd"name', origin: "http://h" });
    expect(snippet).toContain("http://h");
    expect(snippet).not.toContain(' odd"name');
  }
});

import { expect, test } from "vitest";

import { findTargets, hasProvider, hasRoute, putProvider, putRoute, removeProvider, removeRoute, UnreadableTextError } from "./edit";

const TEXT = `# mine
server:
  port: 8642 # as ever

providers:
  openai:
    api_key: <kept secret 1>

routes:
  # the quick one
  quick:
    targets: [openai/a, openai/b]
    fallback: {timeout: openai/c}
  fast: openai/a
`;

const entry = { targets: [{ target: "openai/z", weight: 1 }], policy: "ordered", aliases: [], strict: false };

test("a provider is added and all the rest stays, comments too", () => {
  const text = putProvider(TEXT, "mistral", { row: "mistral", api_key: "k" });
  expect(text).toContain("# mine");
  expect(text).toContain("8642 # as ever");
  expect(text).toContain("<kept secret 1>");
  expect(text).toContain("  mistral:\n    api_key: k\n");
  expect(hasProvider(text, "mistral")).toBe(true);
});

test("a provider under another name says which row it is", () => {
  expect(putProvider("", "mine", { row: "vllm", base_url: "http://h" })).toBe("providers:\n  mine:\n    row: vllm\n    base_url: http://h\n");
});

test("what is removed leaves its neighbours", () => {
  expect(hasProvider(removeProvider(TEXT, "openai"), "openai")).toBe(false);
  const text = removeRoute(TEXT, "fast");
  expect([hasRoute(text, "fast"), hasRoute(text, "quick")]).toEqual([false, true]);
});

test("a route keeps what the form does not show", () => {
  const text = putRoute(TEXT, "quick", { ...entry, policy: "fastest" });
  expect(text).toContain("timeout: openai/c");
  expect(text).toContain("policy: fastest");
  expect(text).toContain("# the quick one");
  expect(text).not.toContain("openai/b");
});

test("what is not changed stays as it is written", () => {
  const text = putRoute(TEXT, "quick", { ...entry, targets: [{ target: "openai/a", weight: 1 }, { target: "openai/b", weight: 1 }], strict: true });
  expect(text).toContain("    targets: [openai/a, openai/b]\n");
  expect(text).toContain("    strict: true\n");
});

test("what is as by default is not written", () => {
  expect(putRoute("", "new", entry)).toBe("routes:\n  new:\n    targets:\n      - openai/z\n");
  expect(putRoute(TEXT, "fast", { ...entry, targets: [{ target: "openai/z", weight: 3 }], strict: true })).toContain(
    "    targets:\n      - target: openai/z\n        weight: 3\n    strict: true\n",
  );
});

test("a file that cannot be read is not guessed at", () => {
  expect(() => putRoute("a: [", "x", entry)).toThrow(UnreadableTextError);
  expect(() => putRoute("just words", "x", entry)).toThrow(UnreadableTextError);
});

const CONDITIONAL = `routes:
  long:
    targets:
      - {target: a/m, when: {min_tokens: 4000}, tool_form: hermes} # the long ones
      - short
  short: b/m
`;

test("targets are read as they stand, other routes and conditions too", () => {
  expect(findTargets(CONDITIONAL, "long")).toEqual([
    { target: "a/m", weight: 1, when: { min_tokens: 4000 }, tool_form: "hermes" },
    { target: "short", weight: 1 },
  ]);
  expect(findTargets(CONDITIONAL, "short")).toEqual([{ target: "b/m", weight: 1 }]);
  expect(findTargets(CONDITIONAL, "gone")).toBeNull();
});

test("another policy leaves targets with conditions as they are written", () => {
  const targets = findTargets(CONDITIONAL, "long")!;
  const text = putRoute(CONDITIONAL, "long", { targets, policy: "fastest", aliases: [], strict: false });
  expect(text).toBe(CONDITIONAL.replace("      - short\n", "      - short\n    policy: fastest\n"));
});

test("a changed condition keeps what else the target has", () => {
  const [first, second] = findTargets(CONDITIONAL, "long")!;
  const text = putRoute(CONDITIONAL, "long", { ...entry, targets: [{ ...first!, when: { max_tokens: 9 } }, second!] });
  expect(findTargets(text, "long")).toEqual([{ target: "a/m", weight: 1, when: { max_tokens: 9 }, tool_form: "hermes" }, second]);
});

import { expect, test } from "vitest";

import { listChanges } from "./changes";

test("what is empty and what only the gateway needs is left out", () => {
  const changes = { id: '"x1"', name: '"night-shift"', team: '""', tags: "[]", expires_ms: "null", allow_unpriced: "false" };
  expect(listChanges(changes)).toEqual([{ name: "name", value: "night-shift" }]);
});

test("limits and budgets are told with their units", () => {
  const [limits] = listChanges({ limits: '{"rpm":6000,"budgets":{"week":200000000000}}' });
  expect(limits).toEqual({ name: "limits", value: "rpm 6\u202f000, budgets week $200.00" });
  expect(listChanges({ expires_ms: "1000000000000" })[0]).toMatchObject({ name: "expires", value: expect.stringMatching(/^2001-09-0\d /) as string });
  expect(listChanges({ models: '["fast","openai/*"]' })).toEqual([{ name: "models", value: "fast, openai/*" }]);
});

test("what is no JSON stays as it came", () => {
  expect(listChanges({ version: "1f0bb8", weight: "2.5", ok: "true" })).toEqual([
    { name: "version", value: "1f0bb8" },
    { name: "weight", value: "2.5" },
    { name: "ok", value: "true" },
  ]);
});

import { expect, test } from "vitest";

import { buildUrl, path } from "./client";
import { parseRefusal } from "./errors";

test("the message of a refusal is the API's own", () => {
  const error = parseRefusal(404, '{"error": {"kind": "not_found", "message": "No such key.", "path": "keys"}}');
  expect([error.status, error.message, error.path]).toEqual([404, "No such key.", "keys"]);
});

test("the words of each dialect are found", () => {
  expect(parseRefusal(400, '{"type":"error","error":{"type":"x","message":"Bad."}}').message).toBe("Bad.");
  expect(parseRefusal(400, '[{"error":{"code":400,"message":"Gemini says no."}}]').message).toBe("Gemini says no.");
});

test("a body that is no JSON still gives an error that says something", () => {
  expect(parseRefusal(502, "<html>").message).toBe("The gateway answered with status 502.");
  expect(parseRefusal(401, "null").advice).toBe("Sign in again.");
});

test("an empty filter is not sent, and a name cannot leave its place in a path", () => {
  expect(buildUrl("/exchanges", { model: "a/b", text: "", error: null, limit: 5 })).toBe(
    "/admin/api/exchanges?model=a%2Fb&limit=5",
  );
  expect(path`/keys/${"../x"}/revoke`).toBe("/keys/..%2Fx/revoke");
});

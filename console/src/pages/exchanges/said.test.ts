import { expect, test } from "vitest";

import { buildReplay, layOut } from "./said";

test("JSON gets a line for each value, also inside a stream", () => {
  expect(layOut('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(layOut('event: x\ndata: {"a":1}\n\ndata: [DONE]\n')).toBe('event: x\ndata: {\n  "a": 1\n}\n\ndata: [DONE]\n');
  expect(layOut("<html>")).toBe("<html>");
});

test("a replay changes the model and nothing else", () => {
  const replay = buildReplay("anthropic_messages", '{"model":"a","max_tokens":9,"stream":true,"odd":{"x":1}}', "b/c", true);
  expect(replay).toEqual({
    request: {
      path: "/v1/messages",
      headers: { "anthropic-version": "2023-06-01" },
      body: { model: "b/c", max_tokens: 9, stream: true, odd: { x: 1 } },
    },
    isStream: true,
  });
});

test("the model of Gemini stands in the path, and so does whether it streams", () => {
  const replay = buildReplay("gemini_generate", '{"contents":[]}', "google/gemini 2", true);
  expect(replay?.request.path).toBe("/v1beta/models/google/gemini%202:streamGenerateContent?alt=sse");
  expect(replay?.request.body).toEqual({ contents: [] });
  expect(buildReplay("gemini_generate", "{}", "m", false)?.request.path).toBe("/v1beta/models/m:generateContent");
});

test("half a request is not sent", () => {
  expect(buildReplay("openai_chat", '{"model":"a","mess', "b", false)).toBeNull();
});

import { expect, test } from "vitest";

import type { Ask, Dialect, Piece, Turn } from "../ask";
import { pick } from "../json";
import { DIALECTS } from "./all";
import { chat } from "./chat";
import { gemini } from "./gemini";
import { messages } from "./messages";
import { responses } from "./responses";

const user: Turn = { role: "user", text: "Hello", images: [{ name: "a.png", mediaType: "image/png", base64: "QUJD" }] };
const ask: Ask = {
  model: "openai/gpt-5",
  system: "Be brief.",
  turns: [user],
  maxTokens: 100,
  temperature: null,
  effort: "",
  tools: [{ name: "look", description: "Looks.", parameters: { type: "object" } }],
  schema: { type: "object" },
  isStream: true,
};

function feedAll(dialect: Dialect, events: unknown[]): { pieces: Piece[]; own: unknown } {
  const reader = dialect.reader();
  return { pieces: events.flatMap((event) => reader.feed(event)), own: reader.own() };
}

test.each(DIALECTS)("$label says all that was asked, in its own words", (dialect) => {
  const request = dialect.build(ask);
  const body = JSON.stringify(request.body);
  for (const word of ["Hello", "Be brief.", "QUJD", "look", "100"]) expect(body).toContain(word);
  expect(request.path + body).toContain("openai/gpt-5");
});

test.each(DIALECTS)("$label leaves out what was not asked", (dialect) => {
  const plain = dialect.build({ ...ask, system: "", tools: [], schema: null, maxTokens: null });
  expect(JSON.stringify(plain.body)).not.toMatch(/tools|schema|undefined|null/);
});

test.each(DIALECTS)("$label takes the result of a call back", (dialect) => {
  const turns: Turn[] = [
    user,
    { role: "assistant", text: "", calls: [{ id: "c1", name: "look", input: '{"at":"sea"}' }], dialect: "openai_chat", own: null },
    { role: "tool", results: [{ id: "c1", name: "look", output: "blue" }] },
  ];
  const body = JSON.stringify(dialect.build({ ...ask, turns }).body);
  expect(body).toContain("sea");
  expect(body).toContain("blue");
});

test("the model of Gemini stands in the path, its slash kept", () => {
  expect(gemini.build(ask).path).toBe("/v1beta/models/openai/gpt-5:streamGenerateContent?alt=sse");
  expect(gemini.build({ ...ask, isStream: false }).path).toMatch(/:generateContent$/);
});

test("chat: text, thinking and a call that comes in pieces", () => {
  const { pieces, own } = feedAll(chat, [
    { choices: [{ delta: { reasoning_content: "hm" } }] },
    { choices: [{ delta: { content: "Hi" } }] },
    { choices: [{ delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "look", arguments: '{"a"' } }] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: ":1}" } }] } }] },
    { choices: [{ delta: {}, finish_reason: "tool_calls" }] },
    { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } } },
  ]);
  expect(pieces).toEqual([
    { kind: "thinking", text: "hm" },
    { kind: "text", text: "Hi" },
    { kind: "call", call: { id: "c1", name: "look", input: '{"a":1}' } },
    { kind: "finish", reason: "tool_calls" },
    { kind: "usage", input: 7, cached: 2, output: 3 },
  ]);
  expect(pick(own, "tool_calls", 0, "function", "arguments")).toBe('{"a":1}');
});

test("messages: blocks are kept with their signatures, to be given back", () => {
  const { pieces, own } = feedAll(messages, [
    { type: "message_start", message: { usage: { input_tokens: 5, cache_read_input_tokens: 10 } } },
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "sig" } },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "t1", name: "look", input: {} } },
    { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"at":' } },
    { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '"sea"}' } },
    { type: "content_block_stop", index: 1 },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
  ]);
  expect(pieces).toContainEqual({ kind: "call", call: { id: "t1", name: "look", input: '{"at":"sea"}' } });
  expect(pieces).toContainEqual({ kind: "usage", input: 15, cached: 10, output: 9 });
  expect(own).toEqual([
    { type: "thinking", thinking: "hm", signature: "sig" },
    { type: "tool_use", id: "t1", name: "look", input: { at: "sea" } },
  ]);
});

test("responses: deltas, the call when it is done, the items at the end", () => {
  const output = [{ type: "function_call", call_id: "c1", name: "look", arguments: "{}" }];
  const { pieces, own } = feedAll(responses, [
    { type: "response.reasoning_summary_text.delta", delta: "hm" },
    { type: "response.output_text.delta", delta: "Hi" },
    { type: "response.output_item.done", item: output[0] },
    { type: "response.completed", response: { status: "completed", output, usage: { input_tokens: 4, output_tokens: 2 } } },
  ]);
  expect(pieces.map((piece) => piece.kind)).toEqual(["thinking", "text", "call", "finish", "usage"]);
  expect(own).toEqual(output);
});

test("gemini: thoughts stand apart and are not sent back", () => {
  const { pieces, own } = feedAll(gemini, [
    { candidates: [{ content: { parts: [{ text: "hm", thought: true }, { text: "Hi" }] } }] },
    {
      candidates: [{ content: { parts: [{ functionCall: { name: "look", args: { at: "sea" } }, thoughtSignature: "s" }] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 4 },
    },
  ]);
  expect(pieces).toEqual([
    { kind: "thinking", text: "hm" },
    { kind: "text", text: "Hi" },
    { kind: "call", call: { id: "call-1", name: "look", input: '{"at":"sea"}' } },
    { kind: "finish", reason: "STOP" },
    { kind: "usage", input: 3, cached: 0, output: 6 },
  ]);
  expect(own).toHaveLength(2);
});

test("gemini: pieces of a text are given back as one part", () => {
  const piece = (words: string, more = {}) => ({ candidates: [{ content: { parts: [{ text: words, ...more }] } }] });
  const { own } = feedAll(gemini, [piece("a"), piece("b"), piece("c", { thoughtSignature: "s" }), piece("d")]);
  expect(own).toEqual([{ text: "ab" }, { text: "c", thoughtSignature: "s" }, { text: "d" }]);
});

test.each<[string, Dialect, unknown]>([
  ["chat", chat, { error: { message: "No." } }],
  ["messages", messages, { type: "error", error: { message: "No." } }],
  ["responses", responses, { type: "error", message: "No." }],
  ["gemini", gemini, { error: { message: "No." } }],
])("%s: an error inside a stream is told", (_, dialect, event) => {
  expect(dialect.reader().feed(event)).toEqual([{ kind: "error", message: "No." }]);
});

test.each<[string, Dialect, unknown]>([
  ["chat", chat, { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] }],
  ["messages", messages, { content: [{ type: "text", text: "Hi" }], stop_reason: "end_turn" }],
  ["responses", responses, { output: [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }], status: "completed" }],
  ["gemini", gemini, { candidates: [{ content: { parts: [{ text: "Hi" }] }, finishReason: "STOP" }] }],
])("%s: a whole answer is read like a streamed one", (_, dialect, body) => {
  const pieces = dialect.reader().read(body);
  expect(pieces[0]).toEqual({ kind: "text", text: "Hi" });
  expect(pieces.some((piece) => piece.kind === "finish")).toBe(true);
});
